"""Material that nobody here wrote; it is not part of the project (SCANLEDGER_DATA, or ../shared/data beside the project)."""

import os
from pathlib import Path

import pytest

FOLDER = Path(os.environ.get("SCANLEDGER_DATA") or Path(__file__).parents[3] / "shared" / "data")


@pytest.fixture(scope="session")
def outside() -> Path:
    """The folder, or a skip that says what is missing."""
    if not FOLDER.is_dir():
        pytest.skip(f"no outside test material: {FOLDER} isn't there (SCANLEDGER_DATA names the folder)")
    return FOLDER
