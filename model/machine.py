"""What a run was made on, machine and software: seconds mean nothing without it."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

from model.strict import Strict


class Machine(Strict):
    """`memory_gib` as the kernel counts it; `cores` that this process may use."""

    cpu: str
    cores: int
    memory_gib: float
    system: str


def this_machine(cpuinfo: Path = Path("/proc/cpuinfo")) -> Machine:
    return Machine(
        cpu=_cpu_name(cpuinfo),
        cores=len(os.sched_getaffinity(0)),
        memory_gib=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        system=platform.platform(),
    )


def releases() -> dict[str, str]:
    """By name, of Python, of this program, and of what computes."""
    return {"python": platform.python_version(), **{name: version(name) for name in ("duchenne", "torch", "numpy")}}


def _cpu_name(cpuinfo: Path) -> str:
    try:
        lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
