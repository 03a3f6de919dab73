"""The campaigns' own ground, on the PostgreSQL that all tests share."""

from collections.abc import Iterator

import pytest

from campaigns.ground import Ground


@pytest.fixture(scope="session")
def ground(tmp_path_factory: pytest.TempPathFactory, postgres_server: str) -> Iterator[Ground]:
    made = Ground(tmp_path_factory.mktemp("campaigns"), postgres_server)
    yield made
    made.clear()
