"""`duchenne …` in one process of several, whose nights are quick."""

import pytest

from duchenne.__main__ import main
from tests.duchenne.night_process import be_quick
from tests.model.conftest import MiddleOfTheFrame

if __name__ == "__main__":
    with pytest.MonkeyPatch.context() as patch:
        be_quick(patch, MiddleOfTheFrame)
        main()
