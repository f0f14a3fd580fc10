"""What the tests of shipped recipes share: what is asserted of every one, in the run that its test makes anyway."""

from collections.abc import Callable
from pathlib import Path

import pytest
from golden_manifest import REGENERATE, hold_to, loads


@pytest.fixture
def check_recipe(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Path], None]:
    """Assert of a recipe's output folder that it loads in `datasets`, and is what its golden manifest says."""

    def check(folder: Path) -> None:
        loads(folder, tmp_path / "datasets")
        hold_to(folder, request.config.getoption(REGENERATE))

    return check
