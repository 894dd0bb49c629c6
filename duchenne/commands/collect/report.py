"""`duchenne collect report`."""

from pathlib import Path

import click

from duchenne.commands.collect.options import PATH


@click.command()
@click.argument("bundle", type=PATH)
@click.option("--out", type=PATH, metavar="DIR", help="Where to put the report. Default: beside the bundle.")
@click.option("--tables", type=PATH, metavar="DIR", help="Also write the pupil, as measured and corrected for light.")
@click.option("--faces", is_flag=True, help="Show the participant's face in the page, which makes it personal data.")
def report(bundle: Path, out: Path | None, tables: Path | None, faces: bool) -> None:
    """Judge a session while the participant is still there: one page, and the same as JSON."""
    from collect.report.writing import write_report
    from duchenne.console import bar, tell, tell_next, tell_note

    with bar("report (trials)") as progress:
        made = write_report(bundle, out, tables=tables, faces=faces, progress=progress)
    quality = made.quality
    if quality.simulated is not None:
        tell_note(f"simulated: {quality.simulated}")
    if quality.cut is not None:
        tell_note(quality.cut)
    for one in quality.presentations:
        for reason in one.reasons:
            tell_note(f"{one.role} {one.number}, {reason.verdict}: {reason.text}")
    tell(quality.headline)
    for text in quality.advice:
        tell(f"  {text}")
    for path in (made.page, made.json, *made.tables):
        tell(str(path))
    tell_next(f"open {made.page} in a browser")
