"""What a data set says of itself: dataset_description.json, README, participants and sessions."""

from collections.abc import Sequence
from typing import Any

from collect.bids.sessions import BidsSession
from collect.bids.tables import Row

BIDS_VERSION = "1.11.1"
GENERATOR = "Duchenne"
PARTICIPANT_COLUMNS = ("participant_id", "pseudonym", "origin", "species", "age", "sex", "handedness")
_CONSENT = {
    "consent_recording": "Did the participant agree to be recorded?",
    "consent_rating": "Did the participant agree to be rated by others?",
    "consent_training": "Did the participant agree that models are trained on it?",
    "consent_publication": "Did the participant agree that pictures of the face are published?",
}
SESSION_COLUMNS = ("session_id", "bundle_id", "study_sha256", "outcome", "trials", "valid_trials", *_CONSENT)


def dataset_description(
    session: BidsSession, authors: Sequence[str], licence: str | None, version: str
) -> dict[str, Any]:
    """`session` is any of the data set's: they are of one study."""
    title = session.bundle.study.title
    known: dict[str, Any] = {
        "Name": f"SIMULATED: {title}" if is_simulated(session) else title,
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": "raw",
        "GeneratedBy": [
            {"Name": GENERATOR, "Version": version, "Description": "duchenne collect bids, from sealed recordings"}
        ],
        "DuchenneStudy": session.header.study_id,
        "Simulated": is_simulated(session),
    }
    if authors:
        known["Authors"] = list(authors)
    if licence is not None:
        known["License"] = licence
    if is_simulated(session):
        known["Keywords"] = ["simulated"]
    return known


def is_simulated(session: BidsSession) -> bool:
    return session.header.origin == "simulated"


def participant_row(session: BidsSession) -> Row:
    """Age, sex and handedness are not in a recording: the lab fills them in, and adding sessions leaves them be."""
    return {
        "participant_id": session.subject,
        "pseudonym": session.header.participant,
        "origin": session.header.origin,
        "species": None if is_simulated(session) else "homo sapiens",
    }


def participants_sidecar() -> dict[str, Any]:
    return {
        "pseudonym": {"Description": "The participant's pseudonym in the recordings; never a name"},
        "origin": {
            "Description": "Where the data come from",
            "Levels": {
                "real": "Recorded with a person in the chair",
                "imported": "Recorded with other software and imported",
                "simulated": "Made up by a program: no person was recorded",
            },
        },
        "species": {"Description": "Species of the participant"},
        "age": {"Description": "Age of the participant", "Units": "year"},
        "sex": {"Description": "Sex of the participant", "Levels": {"F": "Female", "M": "Male", "O": "Other"}},
        "handedness": {
            "Description": "Handedness of the participant",
            "Levels": {"L": "Left", "R": "Right", "A": "Both"},
        },
    }


def session_row(session: BidsSession) -> Row:
    trials = session.bundle.main_trials
    return {
        "session_id": session.session,
        "bundle_id": session.header.bundle_id,
        "study_sha256": session.header.study_sha256,
        "outcome": session.bundle.outcome,
        "trials": len(trials),
        "valid_trials": sum(trial.valid for trial in trials),
        **{name: name.removeprefix("consent_") in session.header.consent.scopes for name in _CONSENT},
    }


def sessions_sidecar() -> dict[str, Any]:
    return {
        "bundle_id": {"Description": "Identifier of the recording that this session was made of"},
        "study_sha256": {"Description": "SHA-256 of the study file that was run"},
        "outcome": {"Description": "How the session ended"},
        "trials": {"Description": "Trials begun, without practice, baseline, washout and mood repair"},
        "valid_trials": {"Description": "Those of them that every device recorded"},
        **{
            name: {"Description": question, "Levels": {"true": "Yes", "false": "No"}}
            for name, question in _CONSENT.items()
        },
    }


_SIMULATED = """\
**SIMULATED.** No person was recorded. Faces, gaze and answers were made up by a program, to try things out. Draw no
conclusion about people from this data set.

"""

_README = """\
# {title}

{simulated}Participants watched film clips while their gaze and face were recorded, and said after each clip what they
had felt. Made by Duchenne from sealed recordings; the layout is BIDS {bids}.

## What lies where

- `sub-*/ses-*/beh/*_events.tsv`: every clip with what the participant said of it, the crosses, questions, rests,
  calibrations and drift checks. Only rows with role `trial` are the experiment proper; rows with `valid` false are
  not whole. `intended_emotion` is what the clip was meant to elicit; `felt_*` is the self-report.
- `*_recording-eye1_physio.tsv.gz`, `*_recording-eye2_physio.tsv.gz`: gaze and pupil of one eye each; `RecordedEye`
  in the sidecar says which.
- `*_physioevents.tsv.gz`: fixations, saccades, blinks of that eye and the messages in the tracker's record.
- `stimuli/clips.tsv`: the clips with digest, loudness, luminance and licence; `stimuli/luminance/`: how bright each
  frame was, where it was measured. The clips themselves are there only where they were passed on.
- `sourcedata/`: face videos, where they were passed on. They are personal data.

## Times

`onset` in an events file, `session_time` in a physio file and `onset` in a table of face frames are seconds of one
clock, that of the recording computer; 0 is the first gaze sample of the run. `timestamp` in a physio file, and `onset`
in its physioevents file, are milliseconds of the tracker's own clock. A session that was interrupted and resumed is
several runs, each with a zero of its own.

## What was left out

Free text that participants wrote, the tracker's original file and the dates of the sessions stay in the recordings:
they may tell who somebody is. A participant who withdraws must also be deleted here, by hand: the folder `sub-*`, the
one below `sourcedata/`, and the row in `participants.tsv`.
"""


def readme(session: BidsSession) -> bytes:
    return _README.format(
        title=session.bundle.study.title,
        simulated=_SIMULATED if is_simulated(session) else "",
        bids=BIDS_VERSION,
    ).encode("utf-8")
