"""`make campaign SCALE=n`: run every campaign at n times its size in `make test`, with progress, and print what was done.

`python -m campaigns --only devices --scale 10 --seed 7` runs one. A failure names the seed that shows it again.
"""

import argparse
import sys
import time
import traceback
from collections.abc import Callable

from campaigns import (
    Outcome,
    browsers,
    decimals,
    devices,
    disks,
    histories,
    injections,
    inputs,
    kills,
    labels,
    machine,
    office,
    paces,
    parsers,
    power,
    restores,
    tell,
    writers,
)
from campaigns.ground import ENGINES, Ground, ground

Campaign = Callable[[Ground, str, int, int], Outcome]
"""Ground, engine, scale, seed."""

CAMPAIGNS: dict[str, Campaign] = {
    "machine": lambda on, engine, scale, seed: machine.campaign(on, engine, seed, 5_000 * scale),
    "devices": lambda on, engine, scale, seed: devices.campaign(on, engine, range(seed, seed + 100 * scale)),
    "histories": lambda on, engine, scale, seed: histories.campaign(on, engine, seed, 250 * scale),
    "writers": lambda on, engine, scale, _: writers.hot(on, engine, 4_000 * scale),
    "races": lambda on, engine, scale, _: writers.races(on, engine, 3 * scale),
    "kills": lambda on, engine, scale, seed: kills.campaign(on, engine, 5 * scale, seed),
    "browsers": lambda on, engine, scale, seed: browsers.campaign(on, 5 * scale, seed),
    "paces": lambda on, engine, scale, seed: paces.campaign(on, 10 * scale, seed),
    "inputs": lambda on, engine, scale, seed: inputs.campaign(on, engine, 3_000 * scale, seed),
    "injections": lambda on, engine, scale, seed: injections.campaign(on, 300),
    "decimals": lambda on, engine, scale, seed: decimals.campaign(on, engine, 10_000 * scale, seed),
    "labels": lambda on, engine, scale, seed: labels.campaign(1_000 * scale, seed),
    "office": lambda on, engine, scale, seed: office.campaign(on, 100 * scale, seed),
    "parsers": lambda on, engine, scale, seed: parsers.campaign(20_000 * scale, seed),
    "power": lambda on, engine, scale, seed: power.campaign(on, 25 * scale, seed),
    "disks": lambda on, engine, scale, seed: disks.campaign(on, scale),
    "restores": lambda on, engine, scale, seed: restores.campaign(on, engine, scale),
}

SQLITE = ("power", "disks", "browsers", "injections", "labels", "office", "paces", "parsers")
"""What happens to the embedded database's own files, to devices, which know no database of the server's, and what needs no database."""


def main() -> int:
    """Run; return 1 when a promise did not hold."""
    parser = argparse.ArgumentParser(prog="python -m campaigns", description="Fault campaigns, each with its negative control.")
    parser.add_argument("--scale", type=int, default=1, help="how many times the size in make test")
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--only", nargs="*", choices=sorted(CAMPAIGNS), help="these campaigns only")
    parser.add_argument("--engine", nargs="*", choices=ENGINES, default=list(ENGINES), help="these databases only")
    asked = parser.parse_args()
    tell(True)
    rows: list[tuple[str, str, str]] = []
    failed = 0
    with ground() as on:
        chosen = [
            (name, engine)
            for name in CAMPAIGNS
            if asked.only is None or name in asked.only
            for engine in asked.engine
            if engine == "sqlite" or name not in SQLITE
        ]
        for number, (name, engine) in enumerate(chosen, 1):
            print(f"[{number}/{len(chosen)}] {name} on {engine}, scale {asked.scale}, seed {asked.seed} ...", file=sys.stderr, flush=True)
            began = time.monotonic()
            try:
                said = str(CAMPAIGNS[name](on, engine, asked.scale, asked.seed))
            except Exception as error:
                traceback.print_exc()
                said, failed = f"FAILED: {error}", failed + 1
            rows.append((name, f"{time.monotonic() - began:.0f} s", said))
    width = max(len(row[0]) for row in rows)
    for name, took, said in rows:
        print(f"{name:<{width}}  {took:>7}  {said}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
