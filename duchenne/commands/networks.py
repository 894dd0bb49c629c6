"""`duchenne networks`."""

import click


@click.command()
def networks() -> None:
    """Fetch the two face networks, once; `make setup` does it."""
    from duchenne.console import bar, tell
    from duchenne.settings import load_settings
    from model.features.face_networks import ensure_face_networks

    with bar("face networks") as progress:
        found = ensure_face_networks(load_settings().values.networks, progress)
    tell(f"{found.detector}\n{found.landmarks}")
