"""How many locations tell about all of them, and which: a random sample that is the same whenever it is drawn again. Pure."""

import hashlib
import math
from collections.abc import Iterable, Sequence
from statistics import NormalDist


def size(population: int, confidence: int, margin: int, errors: int) -> int:
    """Return how many of a population must be looked at to know its share of errors to within `margin`, all three in percent.

    Cochran's formula with the correction for a finite population: n0 = z^2 p (1 - p) / e^2, n = n0 / (1 + (n0 - 1) / N), rounded up;
    z is the quantile of the normal distribution for the confidence, p the share of errors that is expected (50: nobody knows), e the
    margin.
    """
    if population < 1:
        return 0
    z, p, e = NormalDist().inv_cdf(0.5 + confidence / 200), errors / 100, margin / 100
    endless = z * z * p * (1 - p) / (e * e)
    return min(population, math.ceil(endless / (1 + (endless - 1) / population) - 1e-9))


def draw(seed: str, codes: Iterable[str], wanted: int) -> Sequence[str]:
    """Return `wanted` of the codes: those whose hash with the seed is smallest, so that no library's order of random numbers matters."""
    return sorted(codes, key=lambda code: hashlib.sha256(f"{seed}\0{code}".encode()).digest())[:wanted]
