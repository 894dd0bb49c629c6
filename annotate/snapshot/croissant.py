"""What a snapshot holds, told in Croissant 1.0 (mlcommons.org/croissant), so that other tools can read its tables.

It is derived from the header as it is now, redaction included, and written beside it. Media are not part of it: they
stay in the lab's store and are only named by their digests.
"""

import json
import os
from pathlib import Path
from typing import Any

from annotate.scales import EMOTIONS, POLARITIES
from annotate.snapshot.format import POLICIES, TABLE_COLUMNS, TABLE_FILES, SnapshotHeader

CROISSANT_FILE = "croissant.json"
_CONFORMS_TO = "http://mlcommons.org/croissant/1.0"
_DATA_TYPES = {"str": "sc:Text", "int": "sc:Integer", "float": "sc:Float", "bool": "sc:Boolean"}
_TABLES = {
    "trials": "every trial that was let in, labelled or not: who, which clip, which fold, and its media by digest",
    "labels": "one label per trial and instrument (ER: what was felt, FER: what the face showed), soft and hard",
    "votes": "the raters' answers behind the labels",
    "self_reports": "what participants said of themselves, never pooled with raters",
}
_WORDS = {
    "trial": "public id of the trial, 32 hexadecimal digits",
    "participant": "pseudonym",
    "instrument": "ER or FER",
    "fold": "participant-disjoint: nobody is in two",
    "duration_ms": "milliseconds",
    "face_offset_ms": "milliseconds on the clip's clock at the first frame of the face video",
    "face_sha256": "SHA-256 of the face video in the lab's store",
    "gaze_sha256": "SHA-256 of the gaze samples in the lab's store",
    "eye_events_sha256": "SHA-256 of fixations, saccades and blinks in the lab's store",
    "clip_sha256": "SHA-256 of the clip in the lab's store",
    "seven": f"one of {', '.join(EMOTIONS)}; empty on a tie",
    "three": f"one of {', '.join(POLARITIES)}; empty on a tie",
    "valence": "from -1, unpleasant, to 1, pleasant",
    "arousal": "from -1, calm, to 1, excited",
    "intensity": "from 0 to 3, FER only",
    "raters": "how many people answered",
    "agreement": "share of the raters on the hard class, 0 to 1",
    "prelabel_seen": "answers given after a model's label was seen",
    "origin": "real, imported or simulated",
}
#: Terms as the specification gives them; a reader that knows Croissant expects them word for word.
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def croissant(header: SnapshotHeader) -> dict[str, Any]:
    """The JSON-LD document of a snapshot, of its header as it is now."""
    policy = header.label_policy
    said = POLICIES[policy.name, policy.version]
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": _CONFORMS_TO,
        "name": header.id,
        "description": (
            f"Trials in which people watched emotional clips, labelled apart for what was felt (ER) and what the face "
            f"showed (FER). Origins: {', '.join(header.filters.origins)}. Labels by {policy.full_name}: {said}."
        ),
        "version": "1.0.0",
        "datePublished": header.created_utc,
        "sha256": header.content_sha256,
        "usageInfo": "Participants agreed to training in this lab; publishing it needs their consent to that.",
        "isLiveDataset": False,
        "distribution": [_file(header, table) for table in TABLE_COLUMNS],
        "recordSet": [_record_set(table) for table in TABLE_COLUMNS],
    }


def write_croissant(folder: Path, header: SnapshotHeader) -> None:
    """Beside the header, whole or not at all; `header` as it is now."""
    arriving = folder / f".{CROISSANT_FILE}"
    with arriving.open("w", encoding="utf-8") as file:
        file.write(json.dumps(croissant(header), indent=2) + "\n")
        file.flush()
        os.fsync(file.fileno())
    arriving.replace(folder / CROISSANT_FILE)


def is_told_truly(folder: Path, header: SnapshotHeader) -> bool:
    """Whether the document beside the header, if there is one, has the digests that hold now. Its words are not looked
    at: another version may say the same in others.
    """
    try:
        told = json.loads((folder / CROISSANT_FILE).read_text(encoding="utf-8"))
        found = {file["@id"]: file["sha256"] for file in told["distribution"]}, told["sha256"]
    except FileNotFoundError:
        return True  # a snapshot from before it was written
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return found == ({name: header.files[name] for name in TABLE_FILES.values()}, header.content_sha256)


def _file(header: SnapshotHeader, table: str) -> dict[str, Any]:
    name = TABLE_FILES[table]
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "description": _TABLES[table],
        "contentUrl": name,
        "encodingFormat": "application/x-parquet",
        "sha256": header.files[name],
    }


def _record_set(table: str) -> dict[str, Any]:
    key = [name for name in ("trial", "instrument", "rater") if name in TABLE_COLUMNS[table]]
    return {
        "@type": "cr:RecordSet",
        "@id": table,
        "name": table,
        "description": _TABLES[table],
        "key": [{"@id": f"{table}/{name}"} for name in key],
        "field": [_field(table, column, kind) for column, kind in TABLE_COLUMNS[table].items()],
    }


def _field(table: str, column: str, kind: str) -> dict[str, Any]:
    family, _, of = column.partition("_")
    words = _WORDS.get(column) or (
        f"share of {of}, 0 to 1" if family in ("seven", "three") else column.replace("_", " ")
    )
    return {
        "@type": "cr:Field",
        "@id": f"{table}/{column}",
        "name": column,
        "description": words,
        "dataType": _DATA_TYPES[kind.rstrip("?")],
        "source": {"fileObject": {"@id": TABLE_FILES[table]}, "extract": {"column": column}},
    }
