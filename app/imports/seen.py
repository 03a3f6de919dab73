"""Remember a few bits for each of very many keys in 8 bytes a key: what earlier rows of a large file said. Pure.

Keys are kept as 56 bits of Python's hash, whose seed nobody outside knows: of a million keys two are taken for one
with a probability of 1 in 100,000.
"""

from array import array

_BITS = 8
_KEY = (1 << 64 - _BITS) - 1


class Seen:
    """Bits from 1 to 255 by key."""

    def __init__(self) -> None:
        self._slots = array("Q", bytes(8 << 10))
        self._used = 0

    def of(self, key: str) -> int:
        """Return the bits of a key, 0 when there are none."""
        return self._slots[self._slot(hash(key) & _KEY)] & 0xFF

    def mark(self, key: str, bits: int) -> None:
        """Add bits to a key's."""
        number, slots = hash(key) & _KEY, self._slots
        mask = len(slots) - 1
        at = number & mask
        while found := slots[at]:
            if found >> _BITS == number:
                slots[at] = found | bits
                return
            at = at + 1 & mask
        slots[at] = number << _BITS | bits
        self._used += 1
        if self._used * 2 > len(slots):
            self._grow()

    def _slot(self, number: int) -> int:
        """Return where a key is, or would be."""
        slots = self._slots
        mask = len(slots) - 1
        at = number & mask
        while slots[at] and slots[at] >> _BITS != number:
            at = at + 1 & mask
        return at

    def _grow(self) -> None:
        old, self._slots = self._slots, array("Q", bytes(len(self._slots) * 16))
        for value in old:
            if value:
                self._slots[self._slot(value >> _BITS)] = value


class Statements:
    """What earlier rows said of which key: no two may contradict each other."""

    def __init__(self) -> None:
        self._seen = Seen()

    def of(self, key: str, statement: str) -> bool | None:
        """Tell whether an earlier row said just this of a key (True) or something else (False); None: none spoke of it."""
        return bool(self._seen.of(_both(key, statement))) if self._seen.of(key) else None

    def remember(self, key: str, statement: str) -> None:
        """Remember the first statement about a key."""
        self._seen.mark(key, 1)
        self._seen.mark(_both(key, statement), 1)


def _both(key: str, statement: str) -> str:
    return f"{len(key)} {key} {statement}"
