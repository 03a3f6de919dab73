"""Ten scans a second all count, in order: by real keys, on every screen of the operator's app, on a CPU as it is and slowed.

Each code must be on the server once, whole and in order, with one tone each. A code whose own keys came 100 ms or more apart was cut by
who sent it (120 ms of silence end one): that screen is played again, and how often is told. The control is an app that is deaf while it
stores a scan, on a disk that takes its time, on which the app itself must be right too.
"""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice, pairwise, zip_longest
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Playwright, sync_playwright

from campaigns import Broken, Outcome, hold, progress
from campaigns.ground import Ground
from campaigns.trigger import ACCEPTED, Pace, Stand
from tests.browser.harness import HOME, Server

SLOWED = 6
PACES = (Pace(20), Pace(10, 2), Pace(10, 5), Pace(1.2, 50))
APART = 100
"""Milliseconds between two keys of a code from which on the machine that sent them is to blame."""
TRIES = 6
TOGETHER = 10
"""So many codes follow each other before a screen is opened anew."""

UNHURRIED = """
delete Navigator.prototype.serviceWorker;
const put = IDBObjectStore.prototype.put;
IDBObjectStore.prototype.put = function (...given) {
  const asked = put.apply(this, given);
  const until = performance.now() + 150;
  const again = () => { if (performance.now() < until) this.count().onsuccess = again; };
  if (this.name === 'outbox') again();
  return asked;
};"""
"""A disk that takes 150 ms for a scan, more than from one to the next; and no service worker, so that the app's scripts can be changed."""


@dataclass(frozen=True)
class Screen:
    """A screen and the way to it: the task, what is scanned there first, the buttons pressed before each few codes, what is seen then."""

    name: str
    task: str
    places: int = 1
    opens: tuple[str, ...] = ()
    shows: str = ".work"
    sheet: bool = False


COUNT = Screen("count", "count")
KEYPAD = Screen("the keypad open", "count", 1, ("Quantity",), "#keyed")
SCREENS = (
    Screen("count by sheet", "count", sheet=True),
    COUNT,
    KEYPAD,
    Screen("the search open", "count", 1, ("Type or search",), "#typed"),
    Screen("a finish asked", "count", 1, ("Finish location",), ".ask"),
    Screen("what waits", "count", 1, ("waits",), "main.plain"),
    Screen("the tasks", "count", 1, ("Tasks",), ".tasks"),
    Screen("the menu", "count", 1, ("Tasks", "More"), "main.plain"),
    Screen("last scans", "count", 1, ("Tasks", "More", "Last scans"), "main.plain"),
    Screen("the end of the shift", "count", 1, ("Tasks", "More", "End of shift"), "main.plain"),
    Screen("receive", "receive"),
    Screen("return", "return"),
    Screen("pick", "pick"),
    Screen("scrap", "scrap"),
    Screen("move", "move", 2),
    Screen("put away", "putaway", 2),
    Screen("hold", "hold", 0),
    Screen("release", "release", 0),
    Screen("look up", "look", 0),
)
SAMPLE = (KEYPAD.name, "move")


@dataclass
class Told:
    """How it went."""

    scans: int = 0
    again: int = 0
    """Screens that were played again, because this machine had cut a code."""
    rates: list[float] = field(default_factory=list)
    beeps: list[float] = field(default_factory=list)
    """Milliseconds from a code's Enter to its beep."""

    def __str__(self) -> str:
        beeps = sorted(self.beeps) or [0]
        return (
            f"scan to beep p50 {beeps[len(beeps) // 2]:.0f} ms, most {beeps[-1]:.0f} ms, "
            f"no slower than {min(self.rates, default=0):.1f}/s, {self.again} played again"
        )


class Walk:
    """Somebody with a gun who goes from screen to screen."""

    def __init__(self, stand: Stand, seed: int) -> None:
        self.stand, self.chance = stand, random.Random(seed)
        self.gun, self.page, self.server = stand.gun, stand.page, stand.server
        self.gun.enrol()
        self.bins = self.server.bins()[40:43]
        self.codes = [code for code, _ in self.server.barcodes()][:40]

    @cached_property
    def sheet(self) -> str:
        [sheet] = self.server.call("POST", "/api/v1/counts", {"locations": self.bins[:1], "blind": False})["sheets"]
        return str(sheet["code"])

    def go(self, screen: Screen) -> None:
        """Begin the task at its place, with a first scan made."""
        self.page.goto(self.server.base)
        self.page.locator(".op .task, .work").first.wait_for()
        if self.page.locator(".work").is_visible():
            self.press("Tasks")
        self.gun.task(screen.task)
        if screen.sheet:
            self.gun.scan(self.sheet)
        for place in self.bins[: screen.places]:
            self.gun.scan(place)
            self.page.locator(".place", has_text=place).wait_for()
        self.gun.scan_saved(self.codes[0])
        self.gun.drained()

    def press(self, *names: str) -> None:
        for name in names:
            at = self.page.locator(".waits") if name == "waits" else self.page.get_by_role("button", name=name, exact=True)
            at.click()

    def different(self, n: int) -> list[str]:
        """Return codes of which no two that follow each other are alike."""
        return [self.codes[(self.chance.randrange(19) + 20 * (at % 2))] for at in range(n)]

    def some(self, n: int) -> list[str]:
        return [self.chance.choice(self.codes) for _ in range(n)]

    def play(self, screen: Screen, codes: Sequence[str], pace: Pace, slowed: int, told: Told) -> None:
        """Scan these codes on a screen, until this machine has sent them whole; raise Broken where one isn't right."""
        for _ in range(TRIES):
            self.go(screen)
            since = int(self.server.call("GET", "/api/v1/scans?since=0&limit=1&site=MAIN")["journal"])
            before = len(self.gun.saved)
            self.stand.slow(slowed)
            self.stand.forget()
            left = iter(codes)
            while few := list(islice(left, TOGETHER if screen.opens else len(codes))):
                if screen.opens:
                    self.press(*screen.opens)
                    self.page.locator(screen.shows).first.wait_for()
                self.stand.keys.burst(few, pace)
            heard = self.stand.settled(len(codes))
            self.stand.slow(1)
            self.gun.drained()
            if any(code["apart"] >= APART for code in heard["codes"]):
                told.again += 1
                continue
            where = f"{screen.name}, {pace}, CPU / {slowed}"
            hold([code["text"] for code in heard["codes"]] == list(codes), f"{where}: Chromium lost keys")
            mine = {stream for _, _, stream in self.gun.saved[before:]}
            rows = sorted((row for row in self.server.scans(since) if row["stream"] in mine), key=lambda row: row["seq"])
            held = [row["barcode"] for row in rows]
            hold(held == list(codes), f"{where}: of {len(codes)} codes {len(held)} are on the server: {differing(codes, held)}")
            hold(heard["tones"] == ACCEPTED * len(codes), f"{where}: {len(codes)} scans had the tones {heard['tones']}")
            told.beeps += [beep - code["at"] for beep, code in zip(heard["saved"], heard["codes"], strict=True)]
            told.scans += len(codes)
            told.rates.append(rate(heard["codes"]))
            return
        raise Broken(f"{screen.name}: this machine cut codes in {TRIES} of {TRIES} tries")

    def test_gun(self, codes: Sequence[str], pace: Pace, slowed: int, told: Told) -> None:
        """Scan these codes on the page that tests a gun, no two alike behind each other: each is shown, in order."""
        for _ in range(TRIES):
            self.page.goto(f"{self.server.base}/gun-test")
            self.page.locator(".ready.yes").wait_for()
            self.stand.slow(slowed)
            self.stand.forget()
            self.stand.keys.burst(codes, pace)
            heard = self.stand.settled(0)
            self.stand.slow(1)
            if any(code["apart"] >= APART for code in heard["codes"]):
                told.again += 1
                continue
            hold(heard["shown"] == list(codes), f"the test of a gun, {pace}, CPU / {slowed}: {differing(codes, heard['shown'])}")
            told.scans += len(codes)
            told.rates.append(rate(heard["codes"]))
            return
        raise Broken(f"the test of a gun: this machine cut codes in {TRIES} of {TRIES} tries")


def rate(codes: Sequence[Any]) -> float:
    """Return how many codes came in a second, within the few that follow each other."""
    return 1000 / float(median(after["at"] - before["at"] for before, after in pairwise(codes)))


def differing(sent: Sequence[str], held: Sequence[str]) -> str:
    """Say where what is held first differs."""
    at = next((n for n, (one, other) in enumerate(zip_longest(sent, held)) if one != other), None)
    return "all in order" if at is None else f"number {at + 1} is {held[at : at + 1]}, not {sent[at : at + 1]}"


@contextmanager
def walking(playwright: Playwright, server: Server, folder: Path, seed: int, script: str = "") -> Iterator[Walk]:
    stand = Stand(playwright, server, folder, script)
    try:
        yield Walk(stand, seed)
        hold(stand.gun.complaints == [], f"the page complains: {stand.gun.complaints}")
    finally:
        stand.close()


def control(walk: Walk, scans: int) -> str:
    """On a disk that takes its time the app is right; an app that is deaf while it stores must not be."""
    text = (HOME / "static" / "shift.js").read_text()
    deaf = text.replace(
        "  function queue(work) {", "  let deaf = false;\n  function queue(work) {\n    if (deaf) return turn;\n    deaf = true;"
    )
    deaf = deaf.replace("turn = next.catch(() => undefined);", "turn = next.catch(() => undefined).then(() => { deaf = false; });")
    hold(deaf.count("deaf") == 4, "control: shift.js is written otherwise now")
    walk.play(COUNT, walk.some(scans), Pace(), 1, Told())
    walk.stand.serve("shift.js", deaf)
    walk.stand.patience = 3_000
    try:
        walk.play(COUNT, walk.some(scans), Pace(), 1, Told())
    except Broken as caught:
        return f"an app that hears nothing while it stores a scan, on a disk that takes 150 ms for one: {caught}"
    raise Broken("control: an app that hears nothing while it stores lost nothing")


def campaign(ground: Ground, scans: int, seed: int, playwright: Playwright | None = None, sample: bool = False) -> Outcome:
    """So many codes on each screen, on a CPU as it is and slowed, and at other paces; of a sample on two, slowed."""
    if playwright is None:
        with sync_playwright() as own:
            return campaign(ground, scans, seed, own, sample)
    folder = ground.folder / f"paces-{seed}"
    folder.mkdir()
    server = Server(folder)
    server.env["DEMO"] = "1"
    server.start()
    facts: dict[str, object] = {}
    screens = [screen for screen in SCREENS if not sample or screen.name in SAMPLE]
    rounds = [(Pace(), 1, screens), (Pace(), SLOWED, screens), *((pace, SLOWED, [COUNT, KEYPAD]) for pace in PACES)]
    done = 0
    try:
        with walking(playwright, server, folder / "gun", seed) as walk:
            for pace, slowed, those in rounds[1:2] if sample else rounds:
                told = Told()
                for number, screen in enumerate(those):
                    progress(number, len(those), f"screens, {pace}, CPU / {slowed}")
                    walk.play(screen, walk.some(scans), pace, slowed, told)
                walk.test_gun(walk.different(scans), pace, slowed, told)
                facts[f"{pace}, CPU / {slowed}"] = f"on {len(those) + 1} screens ({told})"
                done += told.scans
        with walking(playwright, server, folder / "deaf", seed, UNHURRIED) as walk:
            caught = control(walk, scans)
    finally:
        server.stop()
    return Outcome("ten scans a second by real keys", done, "scans, each once, whole and in order", facts, caught)
