"""`duchenne stimuli …`."""

import sys
from pathlib import Path

import click


@click.group()
def stimuli() -> None:
    """Make a demonstration set of clips, or check the lab's own."""


@stimuli.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def demo(folder: Path) -> None:
    """Make seven placeholder clips that elicit nothing, their manifest, and a study that shows them."""
    from collect.stimuli.demo import make_demo_set
    from duchenne.console import bar, tell, tell_next

    with bar("clips (frames)") as progress:
        study = make_demo_set(folder, progress)
    tell(str(study))
    tell_next(f"duchenne stimuli check {folder}", f"duchenne collect run {study} --participant P001 --simulate")


@stimuli.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def check(folder: Path) -> None:
    """Check every clip against its digest and decode it to its last frame."""
    from collect.stimuli.check import check_stimuli
    from duchenne.console import bar, tell_error, tell_next, tell_note, tell_table

    with bar("clips") as progress:
        report = check_stimuli(folder, progress)
    rows = [
        (
            clip.id,
            clip.emotion or "",
            "placeholder" if clip.placeholder else "",
            f"{clip.codec or '–'} {clip.width or '–'}×{clip.height or '–'}",
            f"{clip.duration_s:.1f} s" if clip.duration_s else "–",
            f"{clip.fps:.2f} /s" if clip.fps else "–",
            "bad" if clip.problems else "good",
        )
        for clip in report.clips
    ]
    tell_table(f"Stimulus set {report.set_id}", ("clip", "emotion", "", "video", "length", "frames", "is"), rows)
    for text in report.notes:
        tell_note(text)
    for text in report.problems:
        tell_error(text)
    if not report.ok:
        sys.exit(1)
    tell_next(f"duchenne collect run {folder / 'study.yaml'} --participant P001")
