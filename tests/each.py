"""Cases that only ask: all of them in one shop, for a new one takes longer than the question."""

from collections.abc import Callable, Sequence
from typing import Any


def each(names: str | tuple[str, ...], cases: Sequence[Any]) -> Callable[[Callable[..., None]], Callable[[Any], None]]:
    """Give a test all its cases one after the other; as `pytest.mark.parametrize`, which makes a shop for each."""
    one = isinstance(names, str) and "," not in names

    def decorated(test: Callable[..., None]) -> Callable[[Any], None]:
        def asked(wire: Any) -> None:
            assert cases
            for case in cases:
                try:
                    test(wire, *([case] if one else case))
                except BaseException as wrong:
                    wrong.add_note(f"the case: {case!r}"[:500])
                    raise

        asked.__doc__ = test.__doc__
        return asked

    return decorated
