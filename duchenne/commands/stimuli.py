"""`duchenne stimuli …`."""

import sys
from pathlib import Path

import click


@click.group()
def stimuli() -> None:
    """Make a demonstration set of clips, or measure and check the lab's own."""


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
def measure(folder: Path) -> None:
    """Measure loudness and luminance of every clip and write them into the manifest."""
    from collect.stimuli.measured_set import measure_set
    from duchenne.console import bar, tell, tell_next, tell_table

    with bar("clips") as progress:
        measured = measure_set(folder, progress)
    rows = [
        (
            name,
            f"{clip.duration_s:.1f}",
            f"{clip.frames}",
            "–" if clip.loudness_lufs is None else f"{clip.loudness_lufs:.1f}",
            "–" if clip.peak_dbtp is None else f"{clip.peak_dbtp:.1f}",
            f"{clip.mean_luminance:.3f}",
        )
        for name, clip in measured.clips.items()
    ]
    columns = ("clip", "s", "frames", "LUFS", "peak dBTP", "light (0–1)")
    tell_table(f"Stimulus set {measured.manifest.id}", columns, rows)
    tell(str(measured.path))
    tell_next(f"duchenne stimuli check {folder}")


@stimuli.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def check(folder: Path) -> None:
    """Decode every clip to its last frame and hold it to what the manifest says of it."""
    from collect.stimuli.check import check_stimuli
    from duchenne.console import bar, tell_error, tell_next, tell_note, tell_table

    with bar("clips") as progress:
        report = check_stimuli(folder, progress)
    rows = [
        (
            clip.id,
            clip.emotion or "–",
            f"{clip.width}×{clip.height}, {clip.fps:.4g}/s" if clip.fps else "–",
            f"{clip.duration_s:.1f}" if clip.duration_s else "–",
            f"{clip.loudness_lufs:.1f}" if clip.loudness_lufs is not None else "–",
            f"{clip.mean_luminance:.3f}" if clip.mean_luminance is not None else "–",
            "bad" if clip.problems else "good",
        )
        for clip in report.clips
    ]
    columns = ("clip", "emotion", "video", "s", "LUFS", "light", "is")
    tell_table(f"Stimulus set {report.set_id}", columns, rows)
    for text in report.notes:
        tell_note(text)
    for text in report.problems:
        tell_error(text)
    if not report.ok:
        sys.exit(1)
    tell_next(f"duchenne collect run {folder / 'study.yaml'} --participant P001")
