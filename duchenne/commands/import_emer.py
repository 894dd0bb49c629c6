"""`duchenne import emer`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from server.importing.checking import Choices
    from server.importing.emer import EmerResult

_PATH = click.Path(path_type=Path)


@click.command("emer")
@click.argument("folder", metavar="DIR", type=_PATH)
@click.option("--study", metavar="NAME", default="emer", show_default=True, help="Under which study it is kept.")
@click.option("--participants", type=_PATH, help="Table of sample,participant, where the data set has none.")
@click.option(
    "--number-is-participant", is_flag=True, help="The number in front of a sample's name is the participant."
)
@click.option("--gaze-rate", "rate_hz", type=click.FloatRange(1), help="Rows a second, for eye files without times.")
@click.option("--screen-px", type=(int, int), metavar="W H", help="The screen, for eye files that do not say it.")
@click.option("--column", "columns", multiple=True, metavar="FIELD=HEADING", help="Where the label table has a field.")
@click.option("--seven-classes", default="", metavar="0=NAME,…", help="What numbers of the seven classes stand for.")
@click.option("--three-classes", default="", metavar="0=NAME,…", help="What numbers of the three classes stand for.")
@click.option(
    "--consent",
    "scopes",
    type=click.Choice(["rating", "training", "publication"]),
    multiple=True,
    default=("training",),
    show_default=True,
    help="What the licence lets you do with it; repeat for several.",
)
@click.option("--leave-out-broken", is_flag=True, help="Take the samples that are whole, and say which are not.")
@click.option("--forget", is_flag=True, help="Delete what an import that was never finished has left instead.")
def emer(
    folder: Path,
    study: str,
    participants: Path | None,
    number_is_participant: bool,
    rate_hz: float | None,
    screen_px: tuple[int, int] | None,
    columns: tuple[str, ...],
    seven_classes: str,
    three_classes: str,
    scopes: tuple[str, ...],
    leave_out_broken: bool,
    forget: bool,
) -> None:
    """Take the EMER data set in: checked whole first, then all of it or nothing. Run it again to go on."""
    from duchenne.console import bar, tell
    from duchenne.settings import load_settings
    from duchenne.stages import open_media_of
    from server.db.revisions import open_database
    from server.importing.checking import check_data_set
    from server.importing.choosing import choices
    from server.importing.emer import forget_unfinished, take_in
    from server.importing.unfinished import Unfinished

    chosen = choices(
        study,
        participants=participants,
        number_is_participant=number_is_participant,
        columns=columns,
        seven_classes=seven_classes,
        three_classes=three_classes,
        rate_hz=rate_hz,
        screen_px=screen_px,
        consent=scopes,
        leave_out_broken=leave_out_broken,
    )
    values = load_settings().values
    unfinished = Unfinished(values.home / "imports" / f"emer-{study}.jsonl")
    database, media = open_database(values.database_url), open_media_of(values)
    try:
        if forget:
            tell(f"{forget_unfinished(database, media, unfinished)} media of an unfinished import deleted")
            return
        with bar("checking (files, then eyes)") as progress:
            checked = check_data_set(database, media, folder, unfinished, chosen, progress)
        if checked.samples:
            with bar("media (samples)") as progress:
                result = take_in(database, media, checked, unfinished, progress)
        else:
            result = take_in(database, media, checked, unfinished)
    finally:
        database.close()
    _tell(result, chosen)


def _tell(result: EmerResult, chosen: Choices) -> None:
    from annotate.scales import EMOTIONS
    from duchenne.console import tell_next, tell_note, tell_table

    rows: list[tuple[str, object]] = [
        ("samples taken", result.taken),
        ("samples there already", result.already),
        ("participants", result.participants),
        ("left out", len(result.left_out)),
    ]
    if result.taken:
        rows.append(("rows of eyes", f"{result.eye_rows:,}, of them {result.eye_rows_blank:,} without a gaze"))
    tell_table(f"EMER, as study {result.study}", ("what", "number"), rows)
    if result.labels:
        counted = [
            (str(emotion), *(result.labels.get((instrument, emotion), 0) for instrument in ("ER", "FER")))
            for emotion in EMOTIONS
        ]
        tell_table("Published labels", ("class", "ER", "FER"), counted)
    if result.left_out:
        tell_table("Left out", ("sample", "why"), result.left_out)
    if result.eye_rows_zero:
        zeros = f"{result.eye_rows_zero:,} rows have a gaze of exactly 0, 0, as if blank cells had been filled in"
        tell_note(f"{zeros}; they are kept as they are")
    for text in result.remarks:
        tell_note(text)
    agreed = f"kept as agreed to {', '.join(chosen.consent)} (--consent), as far as the data set's licence lets you"
    tell_note(agreed if result.taken else "nothing was changed: all of it was there already")
    tell_next(
        f"duchenne snapshot create --include imported --study {result.study}",
        "duchenne train --recipe emert_paper --snapshot ID",
    )
