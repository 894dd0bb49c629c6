"""`duchenne gaze …`."""

from pathlib import Path

import click


@click.group()
def gaze() -> None:
    """Read eye tracker files."""


@gaze.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def parse(file: Path, as_json: bool) -> None:
    """Count what a tracker's file records: samples, eye events, messages, recording blocks.

    Reads EyeLink ASC and EDF, Tobii Pro Lab TSV and XLSX, Tobii Studio; tells them apart by their content.
    """
    import json

    from collect.gaze.summary import gaze_summary
    from duchenne.console import bar, tell, tell_next, tell_table

    if as_json:
        tell(json.dumps(gaze_summary(file), ensure_ascii=False))
        return
    with bar("reading") as progress:
        summary = gaze_summary(file, progress)
    if summary["screen_px"]:
        summary["screen_px"] = " × ".join(map(str, summary["screen_px"]))
    tell_table(str(file), ("what", "found"), ((name, _readable(value)) for name, value in summary.items()))
    if summary["samples"]:
        given = f"--gaze {file} --face VIDEO --trials TABLE.tsv --participant P --study ID --consent recording"
        tell_next(f"duchenne collect import {given} DESTINATION")


def _readable(value: object) -> str:
    if isinstance(value, list):
        return "\n".join(map(str, value)) or "none"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
