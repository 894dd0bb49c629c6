"""`duchenne collect bids`."""

from pathlib import Path

import click

from duchenne.commands.collect.options import PATH, distance_option, screen_width_option


@click.command()
@click.argument("folder", metavar="DIR", type=PATH)
@click.argument("bundles", metavar="BUNDLE…", type=PATH, nargs=-1, required=True)
@click.option("--stimuli", is_flag=True, help="Copy the film clips, too. Look at their licences first.")
@click.option("--faces", is_flag=True, help="Copy the face videos of those who agreed to publication. Personal data!")
@click.option("--author", "authors", metavar="NAME", multiple=True, help="Of a new data set; repeat for several.")
@click.option("--licence", help="Of a new data set, such as CC-BY-4.0.")
@click.option("--institution", metavar="NAME", help="Where the sessions were recorded.")
@screen_width_option
@distance_option
def bids(
    folder: Path,
    bundles: tuple[Path, ...],
    stimuli: bool,
    faces: bool,
    authors: tuple[str, ...],
    licence: str | None,
    institution: str | None,
    screen_width_cm: float | None,
    distance_cm: float | None,
) -> None:
    """Write sealed recordings of one study as a BIDS data set, or add them to one."""
    from collect.bids.export import write_bids
    from duchenne.console import bar, tell, tell_next, tell_note

    with bar("recordings (read, written)") as progress:
        dataset = write_bids(
            folder,
            bundles,
            clips=stimuli,
            faces=faces,
            authors=authors,
            licence=licence,
            institution=institution,
            screen_width_cm=screen_width_cm,
            distance_cm=distance_cm,
            progress=progress,
        )
    for text in dataset.notes:
        tell_note(text)
    number = len(dataset.sessions)
    tell(f"{folder}: {number} session{'s' if number > 1 else ''} {'added' if dataset.added else 'written'}")
    tell_next(f"bids-validator-deno {folder}   (pip install bids-validator-deno)")
