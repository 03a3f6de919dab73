"""What reads files takes whatever coverage leads to; a reader as everybody writes it first doesn't."""

import pytest

from campaigns import parsers


def test_no_file_breaks_a_reader() -> None:
    pytest.importorskip("atheris")
    print(parsers.campaign(2_000, 1))
