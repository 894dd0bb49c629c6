"""Everything that can be proved before a participant sits down."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from collect.bundle.format import PlannedPresentation, PresentationRole, Pseudonym
from collect.checking.clips import check_clips
from collect.checking.device_openers import DeviceOpeners
from collect.checking.finding import Finding, Verdict, fail, ok, warn
from collect.checking.plan_checks import check_plan
from collect.checking.storage import FreeBytes, check_storage, free_bytes_at
from collect.checking.wording import check_wording
from collect.devices.protocols import Clock
from collect.plan.errors import NumberlessPseudonymError
from collect.plan.session_length import BEFORE_S, presentation_seconds
from collect.plan.session_plan import session_plan
from collect.study import LoadedStudy, load_study

#: Whose order is shown where nobody was named.
EXAMPLE = "P001"


@dataclass(frozen=True)
class DeviceCheck:
    """What is needed to look at devices. `display`: is there one? `tracker`: may an EyeLink be asked?"""

    clock: Clock
    display: bool
    tracker: bool = False
    openers: DeviceOpeners = field(default_factory=DeviceOpeners)


@dataclass(frozen=True)
class PlanRow:
    """One presentation of the example order; `minute` is when it begins, by the estimate."""

    number: int
    minute: float
    role: PresentationRole
    clip: str
    emotion: str | None
    block: str
    rest_before: bool


@dataclass(frozen=True)
class CheckReport:
    study: Path
    study_id: str
    title: str
    participant: str
    findings: tuple[Finding, ...]
    plan: tuple[PlanRow, ...]

    @property
    def verdict(self) -> Verdict:
        verdicts = {finding.verdict for finding in self.findings}
        return "fail" if "fail" in verdicts else "warn" if "warn" in verdicts else "ok"


def check_study(
    study_path: Path,
    destination: Path,
    *,
    participant: str | None = None,
    devices: DeviceCheck | None = None,
    free: FreeBytes = free_bytes_at,
    progress: Callable[[int, int], None] | None = None,
) -> CheckReport:
    """Check a study, its clips, its plan, the disk and, with `devices`, what is plugged into this machine.

    :param destination: the folder for recordings. :param participant: whose order is judged and shown; None: that of
        an example. :param progress: counts seconds of clip.
    :raises DocumentError: the study or its manifest has a mistake, or a clip's file is absent.
    """
    loaded = load_study(study_path)
    study, manifest = loaded.study, loaded.manifest
    findings: list[Finding] = [ok("study", f"{study.id}, version {study.version}: {study.title}")]
    findings += check_wording(study)
    name, plan, said = _planned(loaded, participant)
    findings += said
    findings += check_plan(study, manifest, plan)
    clip_findings, measured = check_clips(loaded, progress)
    findings += clip_findings
    rows = _rows(loaded, plan)
    seconds = BEFORE_S + sum(presentation_seconds(study, manifest, plan))
    findings += check_storage(study, seconds, _clip_bytes(loaded), destination, free)
    if devices is None:
        findings.append(warn("devices", "not looked at", "Check with --devices on the lab PC."))
    else:
        from collect.checking.devices import check_devices

        findings += check_devices(
            study, measured, devices.openers, devices.clock, display=devices.display, tracker=devices.tracker
        )
    return CheckReport(study_path, study.id, study.title, name, tuple(findings), rows)


def _planned(
    loaded: LoadedStudy, participant: str | None
) -> tuple[str, tuple[PlannedPresentation, ...], Iterator[Finding]]:
    """Whose plan it is, the plan, and what is to be said of the pseudonym; an example's where theirs fails."""
    example = (EXAMPLE, session_plan(loaded.study, loaded.manifest, EXAMPLE))
    if participant is None:
        return *example, iter(())
    try:
        TypeAdapter(Pseudonym).validate_python(participant)
    except ValidationError:
        todo = "Give a pseudonym of up to 32 letters, digits, - and _, such as P012; never a name."
        return *example, iter([fail("participant", f"'{participant}' is no pseudonym", todo)])
    try:
        return participant, session_plan(loaded.study, loaded.manifest, participant), iter(())
    except NumberlessPseudonymError as error:
        found, _, todo = str(error).partition(". ")
        return *example, iter([fail("participant", found, todo)])


def _rows(loaded: LoadedStudy, plan: tuple[PlannedPresentation, ...]) -> tuple[PlanRow, ...]:
    emotions = {clip.id: clip.emotion for clip in loaded.manifest.clips}
    rows, begun = [], BEFORE_S
    for number, (shown, seconds) in enumerate(
        zip(plan, presentation_seconds(loaded.study, loaded.manifest, plan), strict=True), start=1
    ):
        rows.append(
            PlanRow(
                number, round(begun / 60, 1), shown.role, shown.clip, emotions.get(shown.clip), shown.block,
                shown.break_before,
            )
        )  # fmt: skip
        begun += seconds
    return tuple(rows)


def _clip_bytes(loaded: LoadedStudy) -> int:
    return sum(path.stat().st_size for path in loaded.clip_files.values())
