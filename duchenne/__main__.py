"""`duchenne …` and `python -m duchenne …`."""

import sys

from annotate.errors import AnnotateError
from collect.errors import CollectError
from duchenne.cli import duchenne
from duchenne.console import tell_error
from duchenne.errors import FrontDoorError
from duchenne.extras import told_missing
from model.errors import ModelError
from server.errors import ServerError

TOLD = (AnnotateError, CollectError, ModelError, ServerError, FrontDoorError)


def main() -> None:
    """Run the command line. What a user can do something about is told in words, everything else with its traceback."""
    try:
        duchenne(prog_name="duchenne")
    except TOLD as error:
        tell_error(str(error))
        sys.exit(1)
    except ModuleNotFoundError as error:
        if (told := told_missing(error.name)) is None:
            raise
        tell_error(told)
        sys.exit(1)


if __name__ == "__main__":
    main()
