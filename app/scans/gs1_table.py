"""The application identifiers of GS1: format, rules, and which go together, as one table. Pure.

Sources: GS1 General Specifications 26; GS1 Barcode Syntax Dictionary (Apache-2.0, GS1 AISBL); `tests/scans/test_gs1_table.py` holds
formats and separators equal to those of biip's dictionary. Notation:

    application identifiers (`310-316`: three digits, the fourth is the number of decimals, 0 to 5 or as `390:9` says)
    | components: kind (N digits, X set 82, Y set 39, Z set 64), length (`1-20`; `?`: may be absent), rules
    | needs: one of each group, groups parted by `;`, `21+01` both, `.` any digit | forbids | is a key of Digital Links, with qualifiers

A `*` in front of an identifier: its length is predefined, no separator follows.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from app.scans import gs1_coupons, gs1_rules
from app.scans.gs1_refused import Refused

_TABLE = """
*00                 | N18 csum keyoff1                       |                              |             | key
*01                 | N14 csum keyoff1                       |                              | 255 37      | key 22,10,21|235
*02                 | N14 csum keyoff1                       | 37                           | 01 03       |
*03                 | N14 csum keyoff1                       |                              | 01 02 37    |
10                  | X1-20                                  | 01 02 03 8006 8026           |             |
*11 *13 *15 *16     | N6 yymmd0                              | 01 02 03 8006 8026           |             |
*12                 | N6 yymmd0                              | 8020                         |             |
*17                 | N6 yymmd0                              | 01 02 03 255 8006 8026       |             |
*20                 | N2                                     | 01 02 8006 8026              |             |
21                  | X1-20                                  | 01 03 8006                   | 235         |
22                  | X1-20                                  | 01                           |             |
235                 | X1-28                                  | 01                           |             |
240 241             | X1-30                                  | 01 02 8006 8026              |             |
242                 | N1-6                                   | 01 02 8006 8026              |             |
243                 | X1-20                                  | 01                           |             |
250                 | X1-30                                  | 01 8006; 21                  |             |
251                 | X1-30                                  | 01 8006                      |             |
253                 | N13 csum key + X1-17?                  |                              |             | key
254                 | X1-20                                  | 414                          |             |
255                 | N13 csum key + N1-12?                  |            | 01 02 415 8006 8020 8026      | key
30                  | N1-8                                   | 01 02                        |             |
*310-316 *320-329 *350-352 *356-357 *360-361 *364-366 | N6   | 01 02                        | same        |
*330-336 *340-349 *353-355 *362-363 *367-369 | N6            | 00 01                        | same        |
*337                | N6                                     | 01                           | same        |
37                  | N1-8                                   | 00; 02 8026                  |             |
390:9               | N1-15                                  | 255 8020      | same 391. 394. 8111        |
391:9               | N3 iso4217 + N1-15                     | 8020                         | same        |
392:9               | N1-15                     | 01; 30 31.. 32.. 35.. 36..   | same 393.                |
393:9               | N3 iso4217 + N1-15        | 30 31.. 32.. 35.. 36..       | same                     |
394:3               | N4                                     | 255                          | same 8111   |
395:5               | N6                        | 30 31.. 32.. 35.. 36..       | same 392. 393. 8005      |
400                 | X1-30                                  |                              |             |
401                 | X1-30 key                              |                              |             | key
402                 | N17 csum key                           |                              |             | key
403                 | X1-30                                  | 00                           |             |
*410 *411 *412 *413 *416 | N13 csum key                      |                              |             |
*414                | N13 csum key                           |                              |             | key 254|7040
*415                | N13 csum key                           | 8020                         |             | key 8020
*417                | N13 csum key                           |                              |             | key 7040
420                 | X1-20                                  |                              | 421         |
421                 | N3 iso3166 + X1-9                      |                              | 4307        |
422                 | N3 iso3166                             | 01 02 8006 8026              | 426         |
423 425             | N3-15 iso3166list                      | 01 02                        | 426         |
424                 | N3 iso3166                             | 01 02                        | 426         |
426                 | N3 iso3166                             | 01 02                        |             |
427                 | X1-3                                   | 01 02; 422                   |             |
4300 4301 4310 4311 4320 | X1-35 pcenc                       | 00                           |             |
4302 4304 4305 4306 4312 4314 4315 4316 | X1-70 pcenc        | 00                           |             |
4303                | X1-70 pcenc                            | 4302                         |             |
4307 4317           | X2 iso3166alpha2                       | 00                           |             |
4308 4319           | X1-30                                  | 00                           |             |
4309                | N10 latitude + N10 longitude           | 00                           |             |
4313                | X1-70 pcenc                            | 4312                         |             |
4318                | X1-20                                  | 00                           |             |
4321 4322 4323      | N1 yesno                               | 00                           |             |
4324 4325           | N6 yymmd0 + N4 hhmi                    | 00                           |             |
4326                | N6 yymmdd                              | 00                           |             |
4330                | N6 + X1? hyphen                        | 00                           | 4331        |
4331                | N6 + X1? hyphen                        | 00                           | 4330        |
4332                | N6 + X1? hyphen                        | 00                           | 4333        |
4333                | N6 + X1? hyphen                        | 00                           | 4332        |
7001                | N13                                    | 01 02 8006 8026              |             |
7002                | X1-30                                  | 01 02                        |             |
7003                | N6 yymmdd + N4 hhmi                    | 01 02                        |             |
7004                | N1-4                                   | 01; 10                       |             |
7005                | X1-12                                  | 01 02                        |             |
7006                | N6 yymmdd                              | 01 02                        |             |
7007                | N6 yymmdd + N6? yymmdd                 | 01 02                        |             |
7008                | X1-3                                   | 01 02                        |             |
7009                | X1-10                                  | 01 02                        |             |
7010                | X1-2                                   | 01 02                        |             |
7011                | N6 yymmdd + N4? hhmi                   | 01 02                        |             |
7020                | X1-20                                  | 01 8006; 416                 |             |
7021                | X1-20                                  | 01 8006                      |             |
7022                | X1-20                                  | 7021                         |             |
7023                | X1-30 key                              |                              |             |
7030 7031 7032 7033 7034 7035 7036 7037 7038 7039 | N3 iso3166999 + X1-27 | 01 02           |             |
7040                | N1 + X1 + X1 + X1 importeridx          |                              |             |
7041                | X1-4 packagetype                       | 00                           |             |
710 711 712 713 714 715 716 717 | X1-20                      | 01                           |             |
7230 7231 7232 7233 7234 7235 7236 7237 7238 7239 | X2 + X1-28 | 01 8004                    |             |
7240                | X1-20                                  | 01 8006                      |             |
7241                | N2 mediatype                           | 8017 8018                    |             |
7242                | X1-25                                  | 8017 8018                    |             |
7250                | N8 yyyymmdd                            | 8018                         | 7251        |
7251                | N8 yyyymmdd + N4 hhmi                  | 8018                         | 7250        |
7252                | N1 iso5218                             | 8018                         |             |
7253 7254           | X1-40 pcenc                            | 8017 8018                    | 7256 7259   |
7255                | X1-10                                  | 8017 8018                    | 7256 7259   |
7256                | X1-90 pcenc                            | 8017 8018                    |             |
7257                | X1-70 pcenc                            | 8018                         |             |
7258                | X3 posinseqslash                       | 8018+7259                    |             |
7259                | X1-40 pcenc                            | 8018                         | 7256        |
8001                | N4 nonzero + N5 nonzero + N3 nonzero + N1 winding + N1 | 01           |             |
8002                | X1-20                                  |                              |             |
8003                | N1 zero + N13 csum key + X1-16?        |                              |             | key
8004                | X1-30 key                              |                              |             | key 7040
8005                | N6                                     | 01 02                        |             |
8006                | N14 csum keyoff1 + N4 pieceoftotal     |                              | 01 37       | key 22,10,21
8007                | X1-34 iban                             | 415                          |             |
8008                | N6 yymmdd + N2 hh + N2? mi + N2? ss    | 01 02                        |             |
8009                | X1-50                                  | 00 01                        |             |
8010                | Y1-30 key                              |                              |             | key 8011
8011                | N1-12 nozeroprefix                     | 8010                         |             |
8012                | X1-20                                  | 01 8006                      |             |
8013                | X1-25 csumalpha key                    |                              |             | key
8014                | X1-25 csumalpha key hasnondigit        | 01                           |             |
8017                | N18 csum key                           |                              | 8018        | key 8019
8018                | N18 csum key                           |                              | 8017        | key 8019
8019                | N1-10                                  | 8017 8018                    |             |
8020                | X1-25                                  | 415                          |             |
8026                | N14 csum keyoff1 + N4 pieceoftotal     | 37                           | 02 8006     |
8030                | Z1-90 | 00 01+21 253 255 8003 8004 8006+21 8010+8011 8017 8018 |     |
8040 8041           | N15                                    |                              |             |
8042                | N32                                    |                              |             |
8043                | N18 + N1-2?                            |                              |             |
8110                | X1-70 couponcode                       |                              |             |
8111                | N4                                     | 255                          |             |
8112                | X1-70 couponposoffer                   |                              |             |
8200                | X1-70                                  | 01                           |             |
90                  | X1-30                                  |                              |             |
91 92 93 94 95 96 97 98 99 | X1-90                           |                              |             |
"""
_CHARACTERS = {"N": "[0-9]", "X": '[!%-?A-Z_a-z"]', "Y": "[#/0-9A-Z-]", "Z": "[0-9A-Za-z_=-]"}
_RULES = gs1_rules.RULES | {"couponcode": gs1_coupons.couponcode, "couponposoffer": gs1_coupons.couponposoffer}
CHECKED_LATER = frozenset({"00", "01", "02", "03", *(f"41{n}" for n in range(8))})
"""Identifiers whose wrong check digit is told as a warning, since the rest of the message is still worth reading."""


class Ai(NamedTuple):
    """What one application identifier allows."""

    ai: str
    components: str
    """As the table writes them, without rules."""
    length: int
    """Of its data when that is predefined, else 0: a separator or the end of the message follows."""
    fits: Callable[[str], "re.Match[str] | None"]
    """Whether the data has the format; its groups are the components."""
    checks: tuple[tuple[int, Callable[[str], bool]], ...]
    """Rules by component, counted from 1."""
    longest: int
    needs: tuple[tuple[tuple[str, ...], ...], ...]
    """All of: one of: all of these identifiers or patterns."""
    forbids: tuple[str, ...]
    qualifiers: tuple[tuple[str, ...], ...] | None
    """Of a key of Digital Links, each sequence it may have; None: it is no key."""


def _read() -> dict[str, Ai]:
    table: dict[str, Ai] = {}
    for line in _TABLE.strip().splitlines():
        names, components, needs, forbids, key = (cell.strip() for cell in line.split("|", 4))
        for name in names.split():
            for ai in _spelled(name.lstrip("*")):
                table[ai] = _entry(ai, name.startswith("*"), components, needs, forbids, key)
    return table


def _spelled(name: str) -> list[str]:
    """Return the identifiers that a name of the table stands for."""
    decimals = "5"
    if ":" in name:
        name, decimals = name.split(":")
    elif "-" not in name and name != "337":
        return [name]
    first, _, last = name.partition("-")
    return [f"{n}{d}" for n in range(int(first), int(last or first) + 1) for d in range(int(decimals) + 1)]


def _entry(ai: str, predefined: bool, components: str, needs: str, forbids: str, key: str) -> Ai:
    pattern, longest, formats = "", 0, []
    checks: list[tuple[int, Callable[[str], bool]]] = []
    for at, component in enumerate(components.split(" + "), 1):
        form, *rules = component.split()
        formats.append(form)
        kind, length, optional = form[0], form[1:].rstrip("?"), form.endswith("?")
        low, _, high = length.partition("-")
        longest += int(high or low)
        pattern += f"({_CHARACTERS[kind]}{{{low}{f',{high}' if high else ''}}}){'?' if optional else ''}"
        if kind == "Z":
            checks.append((at, gs1_rules.cset64))
        checks += [(at, _RULES[rule]) for rule in rules if not (rule == "csum" and ai in CHECKED_LATER)]
    return Ai(
        ai,
        " + ".join(formats),
        longest if predefined else 0,
        re.compile(pattern).fullmatch,
        tuple(checks),
        longest,
        tuple(tuple(tuple(both.split("+")) for both in group.split()) for group in needs.split(";") if group.strip()),
        tuple(f"{ai[:3]}." if other == "same" else other for other in forbids.split()),
        tuple(tuple(filter(None, way.split(","))) for way in key.removeprefix("key").strip().split("|")) if key else None,
    )


AIS: dict[str, Ai] = _read()
"""Every application identifier."""
WIDTHS: dict[str, int] = {ai[:2]: len(ai) for ai in AIS}
"""How many digits an identifier has, by its first two."""


def check(known: Ai, data: str) -> None:
    """Raise Refused where data isn't as its identifier has it."""
    fitting = known.fits(data)
    if fitting is None:
        raise Refused("format", known.ai)
    for component, rule in known.checks:
        value = fitting[component]
        if value is not None and not rule(value):
            raise Refused(rule.__name__, known.ai)
