"""The official BIDS validator finds no error in what we write."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from collect.bids.export import write_bids
from collect.session.open_devices import record_virtually
from collect.stimuli.measured_set import measure_set
from tests.collect.bids.recorded import Recorded, record
from tests.collect.session.small_study import write_study

#: Recommended keys that only the lab can know, or that belong to what we do not use.
EXPECTED = {
    "HEDVersion", "SourceDatasets", "License", "Authors", "Instructions", "CogAtlasID", "CogPOID", "InstitutionName",
    "InstitutionAddress", "InstitutionalDepartmentName",
}  # fmt: skip


def issues_of(folder: Path) -> list[dict[str, str]]:
    command = shutil.which("bids-validator-deno", path=str(Path(sys.executable).parent))
    assert command is not None, "bids-validator-deno is missing: pip install 'duchenne[test]'"
    done = subprocess.run(
        [command, str(folder), "--format", "json", "--max-rows", "-1"], capture_output=True, text=True, check=False
    )
    assert done.stdout, done.stderr
    result = json.loads(done.stdout)
    assert result["summary"]["totalFiles"] > 0
    issues: list[dict[str, str]] = result["issues"]["issues"]
    return issues


def complaints(issues: list[dict[str, str]]) -> list[tuple[str, str, str]]:
    """Everything but recommendations that a recording cannot follow."""
    return [
        (issue["code"], issue.get("subCode", ""), issue.get("location", ""))
        for issue in issues
        if issue.get("severity") != "ignore" and issue.get("subCode") not in EXPECTED
    ]


def test_two_simulated_participants(tmp_path: Path) -> None:
    study = write_study(
        tmp_path / "study",
        screen={"width_px": 640, "height_px": 360, "fullscreen": False, "width_cm": 53.0, "distance_cm": 65.0},
    )
    measure_set(study.parent)
    bundles = [record_virtually(study, name, tmp_path / "bundles").bundle for name in ("P_01", "P-02")]
    write_bids(tmp_path / "set", bundles, clips=True, faces=True)
    assert complaints(issues_of(tmp_path / "set")) == [("TOO_FEW_AUTHORS", "", "/dataset_description.json")]


def test_everything_that_a_session_may_hold(tmp_path: Path) -> None:
    bundles = [
        record(tmp_path / "resumed", Recorded(reboots=1)),
        record(tmp_path / "one-eye", Recorded(participant="P02", eyes="R", device_clock=False)),
        record(tmp_path / "no-gaze", Recorded(participant="P03", gaze=False)),
    ]
    write_bids(tmp_path / "set", bundles, authors=["Ada L.", "Paul E."], licence="CC0-1.0")
    write_bids(tmp_path / "set", [record(tmp_path / "later", Recorded(session=2))])
    assert complaints(issues_of(tmp_path / "set")) == []


def test_the_validator_can_see_an_error(tmp_path: Path) -> None:
    write_bids(tmp_path / "set", [record(tmp_path / "one", Recorded())])
    (sidecar,) = (tmp_path / "set").rglob("*eye1_physio.json")
    sidecar.write_text(sidecar.read_text().replace('"RecordedEye": "left",', ""))
    errors = [issue for issue in issues_of(tmp_path / "set") if issue["severity"] == "error"]
    assert ("SIDECAR_KEY_REQUIRED", "RecordedEye") in [(issue["code"], issue.get("subCode")) for issue in errors]
