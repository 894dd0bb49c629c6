"""Lab Streaming Layer that never leaves this machine."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

#: The library reads it when it is first used in a process; every process of a test needs the same.
LOOPBACK_ONLY = """\
[ports]
IPv6 = disable
[multicast]
ResolveScope = machine
AddressesOverride = {{127.0.0.1}}
ListenAddress = 127.0.0.1
TTLOverride = 0
[lab]
KnownPeers = {{127.0.0.1}}
SessionID = {session}
[log]
level = -3
"""


@pytest.fixture(scope="session")
def loopback_streams(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Streams of this test process and its children find each other, and nobody else finds them."""
    settings = tmp_path_factory.mktemp("lsl") / "lsl_api.cfg"
    settings.write_text(LOOPBACK_ONLY.format(session=f"duchenne-test-{os.getpid()}"), encoding="utf-8")
    before = os.environ.get("LSLAPICFG")
    os.environ["LSLAPICFG"] = str(settings)
    yield settings
    if before is None:
        del os.environ["LSLAPICFG"]
    else:
        os.environ["LSLAPICFG"] = before
