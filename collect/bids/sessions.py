"""Which sessions go into a data set, and under which names. Everything is looked at before anything is written."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from collect.bids.errors import BidsError, BidsSessionError
from collect.bids.labels import label, refuse_shared_labels, session_label
from collect.bids.runs import Run, runs_of
from collect.bundle.disk import sha256_of
from collect.bundle.format import BundleHeader
from collect.bundle.reader import Bundle, read_bundle


@dataclass(frozen=True)
class BidsSession:
    """One bundle with its names in BIDS. `header` is the bundle's, with what the caller knows of the screen besides."""

    bundle: Bundle
    header: BundleHeader
    subject: str
    session: str
    task: str
    runs: tuple[Run, ...]

    @property
    def folder(self) -> str:
        """Below the data set's root."""
        return f"{self.subject}/{self.session}"

    def stem(self, run: Run | None = None) -> str:
        return f"{self.subject}_{self.session}_task-{self.task}{run.entity if run is not None else ''}"


def open_sessions(
    bundles: Sequence[Path],
    *,
    screen_width_cm: float | None = None,
    distance_cm: float | None = None,
    progress: Callable[[Path], None] = lambda _: None,
) -> tuple[BidsSession, ...]:
    """Read the bundles; sealed, unharmed and of one study, all real or all simulated.

    Raises BidsError where there are none, BidsSessionError for one that cannot be exported, BidsLabelError, and
    BundleError for a bundle that cannot be read or was withdrawn.
    """
    if not bundles:
        raise BidsError("No recording was given. Name the folders of the sessions to export.")
    sessions: list[BidsSession] = []
    for folder in bundles:
        session = _session(_whole(folder), screen_width_cm, distance_cm)
        for other in sessions:
            _refuse_mixture(session, other)
        sessions.append(session)
        progress(folder)
    refuse_shared_labels(session.header.participant for session in sessions)
    return tuple(sorted(sessions, key=lambda session: session.folder))


def _whole(folder: Path) -> Bundle:
    bundle = read_bundle(folder)
    if bundle.seal is None:
        raise BidsSessionError(
            f"{folder}: this session was not ended and sealed, so nobody knows whether it is whole. Finish it first: "
            f"duchenne collect resume {folder}"
        )
    for name, digest in bundle.seal.files.items():
        if sha256_of(folder / name) != digest:
            raise BidsSessionError(
                f"{folder / name}: is not as it was sealed. Ask for an intact copy of the bundle; nothing was written."
            )
    return bundle


def _session(bundle: Bundle, screen_width_cm: float | None, distance_cm: float | None) -> BidsSession:
    header, recorded = bundle.header, bundle.header.screen
    screen = recorded.model_copy(update={
        "width_cm": screen_width_cm if recorded.width_cm is None else recorded.width_cm,
        "distance_cm": distance_cm if recorded.distance_cm is None else recorded.distance_cm,
    })  # fmt: skip
    runs = runs_of(bundle)
    if not runs:
        raise BidsSessionError(
            f"{bundle.folder}: no trial began here and no gaze was recorded. Nothing was written; leave it out."
        )
    return BidsSession(
        bundle,
        header.model_copy(update={"screen": screen}),
        f"sub-{label(header.participant)}",
        f"ses-{session_label(header.session)}",
        label(header.study_id),
        runs,
    )


def _refuse_mixture(one: BidsSession, other: BidsSession) -> None:
    here, there = one.bundle.folder, other.bundle.folder
    if one.header.study_id != other.header.study_id:
        raise BidsSessionError(
            f"{here} is of the study '{one.header.study_id}', {there} of '{other.header.study_id}', where the same "
            "pseudonym may be another person. Export each study into a data set of its own."
        )
    if (one.header.origin == "simulated") != (other.header.origin == "simulated"):
        raise BidsSessionError(
            f"{here} and {there}: one is simulated and one is not. Export them into data sets of their own."
        )
    if one.header.participant == other.header.participant and one.session == other.session:
        raise BidsSessionError(
            f"{here} and {there} are both session {one.header.session} of '{one.header.participant}'. Leave one out."
        )
