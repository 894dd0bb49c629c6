"""Facts of how to get to a report again that several reports tell, by their names there."""

from collections.abc import Mapping

from model.machine import Machine
from model.training.fit_record import TRAINING_VERSION


def trained_on(machine: Machine, device: str, workers: int, software: Mapping[str, str]) -> dict[str, str]:
    """On what networks were trained, `workers` of them at once."""
    return {
        "machine": f"{machine.cpu}, {machine.cores} cores, {machine.memory_gib} GiB; {machine.system}",
        "trained on": f"{device}, {workers} networks at once, a core each",
        "software": f"{in_releases(software)}, training code {TRAINING_VERSION}",
    }


def in_releases(software: Mapping[str, str]) -> str:
    """Such as 'python 3.11.2, torch 2.9.1'."""
    return ", ".join(f"{name} {release}" for name, release in software.items())
