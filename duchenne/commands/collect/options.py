"""What several of these commands take, said once."""

from pathlib import Path
from typing import Literal, get_args

import click

PATH = click.Path(path_type=Path)
OperatorChoice = Literal["study", "terminal", "window", "none"]

operator_option = click.option(
    "--operator",
    type=click.Choice(get_args(OperatorChoice)),
    default="study",
    show_default=True,
    help="Where you follow the session; 'study' is what the study says.",
)

_LENGTH_CM = click.FloatRange(1, 1000)
screen_width_option = click.option(
    "--screen-width-cm",
    type=_LENGTH_CM,
    metavar="CM",
    help="Of the screen's picture, where the recording does not say.",
)
distance_option = click.option(
    "--distance-cm", type=_LENGTH_CM, metavar="CM", help="From eyes to screen, where the recording does not say."
)
