"""`duchenne snapshot …`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from duchenne.commands.origins import include_origins

if TYPE_CHECKING:
    from annotate.snapshot.format import Origin


@click.group()
def snapshot() -> None:
    """Freeze the labelled database for training, and look at what was frozen."""


@snapshot.command()
@include_origins
@click.option("--study", "studies", multiple=True, help="Only these studies; repeat for several.")
@click.option(
    "--folds", type=click.IntRange(2), default=5, show_default=True, help="Participant-disjoint folds, at most."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of the fold plan.")
@click.option(
    "--policy",
    metavar="NAME",
    default="majority-soft",
    show_default=True,
    help="How votes become labels: majority-soft or dawid-skene, the newest version or a named one (majority-soft-v1).",
)
@click.option(
    "--min-raters", type=click.IntRange(1), default=1, show_default=True, help="Fewer usable votes make no label."
)
def create(
    origins: tuple[Origin, ...], studies: tuple[str, ...], folds: int, seed: int, policy: str, min_raters: int
) -> None:
    """Freeze one consistent state of the database."""
    from annotate.aggregation.policies import policy_named
    from duchenne.console import tell, tell_next, tell_note
    from duchenne.settings import load_settings
    from duchenne.stages import freeze

    header = freeze(load_settings().values, origins, studies, folds, seed, policy_named(policy, min_raters))
    if header.folds.k < folds:
        tell_note(f"{header.folds.k} participants make {header.folds.k} folds that share nobody, not {folds}")
    tell(header.id)
    tell_next(f"duchenne snapshot show {header.id}", f"duchenne train --snapshot {header.id}")


@snapshot.command("list")
def list_() -> None:
    """List all snapshots, oldest first."""
    from annotate.snapshot.store import list_snapshots
    from duchenne.console import tell_next, tell_table
    from duchenne.settings import load_settings

    root = load_settings().values.snapshots
    rows = [
        (
            header.id,
            header.created_utc,
            header.rows["trials"],
            header.rows["labels"],
            header.rows["votes"],
            ", ".join(header.filters.origins),
            header.label_policy.full_name,
        )
        for header in list_snapshots(root)
    ]
    tell_table(f"Snapshots in {root}", ("id", "created", "trials", "labels", "votes", "origins", "policy"), rows)
    tell_next("duchenne snapshot show ID" if rows else "duchenne snapshot create")


@snapshot.command()
@click.argument("snapshot_id", metavar="ID")
def show(snapshot_id: str) -> None:
    """Print the header of one snapshot as JSON."""
    from annotate.snapshot.store import find_snapshot, read_header, read_redaction
    from duchenne.console import tell, tell_next, tell_note
    from duchenne.settings import load_settings

    folder = find_snapshot(load_settings().values.snapshots, snapshot_id)
    header = read_header(folder)
    tell(header.model_dump_json(indent=2))
    if redaction := read_redaction(folder):
        tell_note(redaction.in_words())
    tell_next(f"duchenne snapshot verify {header.id}", f"duchenne train --snapshot {header.id}")


@snapshot.command()
@click.argument("snapshot_id", metavar="ID")
def verify(snapshot_id: str) -> None:
    """Hash every file, row and medium of a snapshot again."""
    from annotate.snapshot.store import find_snapshot, read_redaction, verify_snapshot
    from duchenne.console import bar, tell, tell_next, tell_note
    from duchenne.settings import load_settings
    from duchenne.stages import open_media_of

    values = load_settings().values
    folder = find_snapshot(values.snapshots, snapshot_id)
    with bar("media") as progress:
        header = verify_snapshot(folder, open_media_of(values), progress)
    if redaction := read_redaction(folder):
        tell(
            f"{header.id}: redacted; its {header.rows['trials']} trials and their media are as the redaction left them"
        )
        tell_note(redaction.in_words())
    else:
        tell(f"{header.id}: {header.rows['trials']} trials and all their media are as they were written")
    tell_next(f"duchenne train --snapshot {header.id}")


@snapshot.command()
@click.argument("first", metavar="ID")
@click.argument("second", metavar="ID")
def diff(first: str, second: str) -> None:
    """Say what the second snapshot has that the first has not."""
    from annotate.snapshot.store import diff_snapshots, find_snapshot
    from duchenne.console import tell_next, tell_table
    from duchenne.settings import load_settings

    root = load_settings().values.snapshots
    difference = diff_snapshots(find_snapshot(root, first), find_snapshot(root, second))
    rows = [
        ("trials added", len(difference.trials_added), _some(difference.trials_added)),
        ("trials removed", len(difference.trials_removed), _some(difference.trials_removed)),
        ("labels added", len(difference.labels_added), _some(difference.labels_added)),
        ("labels removed", len(difference.labels_removed), _some(difference.labels_removed)),
        ("labels changed", len(difference.labels_changed), _some(difference.labels_changed)),
        ("votes added", difference.votes_added, ""),
    ]
    tell_table(f"From {first} to {second}", ("what", "number", "first of them"), rows)
    tell_next(f"duchenne train --snapshot {second}")


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
