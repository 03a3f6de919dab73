"""ABC classes: what makes most of the value that is picked is A, what makes little is C. Pure."""

from collections.abc import Mapping


def classes(values: Mapping[int, int], a: int, b: int) -> dict[int, str]:
    """Return the class of each product by the value of its picks: A makes the first `a` percent of all of it, B the next `b`, C the rest.

    A product is in the class in which its share begins; what wasn't picked is C.
    """
    total, seen, found = sum(values.values()), 0, {}
    for product, value in sorted(values.items(), key=lambda one: (-one[1], one[0])):
        found[product] = "C" if value == 0 else "A" if seen * 100 < a * total else "B" if seen * 100 < (a + b) * total else "C"
        seen += value
    return found
