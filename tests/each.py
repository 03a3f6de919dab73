"""Cases that only ask: all of them in one shop, for a new one takes longer than the question."""

from collections.abc import Callable, Sequence
from inspect import Signature, signature
from typing import Any


def each(names: str | tuple[str, ...], cases: Sequence[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a test all its cases one after the other; as `pytest.mark.parametrize`, which makes a shop for each."""
    one = isinstance(names, str) and "," not in names

    def decorated(test: Callable[..., None]) -> Callable[..., None]:
        def asked(**given: Any) -> None:
            assert cases
            for case in cases:
                try:
                    test(*given.values(), *([case] if one else case))
                except BaseException as wrong:
                    wrong.add_note(f"the case: {case!r}"[:500])
                    raise

        asked.__doc__ = test.__doc__
        asked.__signature__ = Signature([next(iter(signature(test).parameters.values()))])  # type: ignore[attr-defined]
        return asked

    return decorated
