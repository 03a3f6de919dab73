"""The dialogue of the app and the server's are one: played at random, both give the same turns, totals and comparisons."""

import json
import random
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from app.terminal import dialog
from app.terminal.dialog import Ask, Expected, Flow, Line, Page, Reading

ROOT = Path(__file__).parents[2]
LAST = "0190b6d8-0000-7000-8000-000000000001"
PLACES = ("A", "B", "C")
CHECKS = ("31", "47")
BUTTONS = ("finish", "finish_all", "finish_part", "empty", "confirm", "cancel", "undo", "quantity", "reason", "location", "sheet")
VALUES = ("", "1", "0", "12", "3x12", "0x4", "2x", "0.5", "00.000", "-1", "1e3", "123456789012", "1234567890123", "999999x999999", "damaged", "K1-001")  # fmt: skip
PLAY = """
  import { readFileSync } from 'fs';
  import { TASKS, begin, hear, press, prompt, command, tally, undoable, compare } from './static/dialog.js';
  const { games, lists, books } = JSON.parse(readFileSync(0, 'utf8'));
  const out = { tasks: TASKS, games: [], lists: [], books: [] };
  for (const { task, steps } of games) {
    let flow = begin(task);
    out.games.push(steps.map(({ heard, button, last }) => {
      const turn = heard ? hear(flow, command(heard.text) || heard, last) : press(flow, button, last);
      flow = turn.flow;
      return Object.assign({ waits: prompt(flow) }, turn);
    }));
  }
  for (const { flow, scans } of lists) {
    const kept = scans.map((scan) => ({ scan }));
    const last = undoable(kept, 'OP-1', flow.task);
    out.lists.push({ lines: tally(Object.assign(begin(flow.task), flow), kept, 'OP-1'), undo: last && last.scan.id });
  }
  for (const { lines, location, book, known } of books) {
    const { marks, missing } = compare(lines, location, book, (barcode) => known[barcode] || null);
    out.books.push({ marks: Object.fromEntries(marks), missing: missing.map(({ sku }) => sku) });
  }
  console.log(JSON.stringify(out));"""


def readings(chance: random.Random) -> dict[str, Any]:
    place, text = chance.choice(PLACES), chance.choice(("952", "Z-99", "A", "B", "]C1A"))
    return chance.choice(
        (
            {"text": place, "kind": "location", "code": place},
            {"text": f"]C1{place}", "kind": "location", "code": place},
            {"text": place.lower(), "kind": "location", "code": place, "check": chance.choice(CHECKS)},
            {"text": chance.choice(CHECKS), "kind": "unknown"},
            {"text": text, "kind": "product"},
            {"text": text, "kind": "unknown"},
            {"text": f"K1-{place}", "kind": "sheet", "code": f"K1-{place}", "location": place},
            {"text": chance.choice(("SL-DONE", "SL-UNDO", "SL-QTY-4", "SL-QTY-2x6", "SL-QTY-0", "SL-QTY-9.9.9")), "kind": "unknown"},
        )
    )


def games(chance: random.Random, count: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        steps: list[dict[str, Any]] = []
        for _ in range(chance.randint(1, 30)):
            step: dict[str, Any] = {"last": chance.choice((None, LAST))}
            if chance.random() < 0.7:
                step["heard"] = readings(chance)
            else:
                step["button"] = {"type": chance.choice(BUTTONS), "value": chance.choice(VALUES), "location": chance.choice(PLACES)}
            steps.append(step)
        yield {"task": dialog.TASKS[number % len(dialog.TASKS)], "steps": steps}


def scans(chance: random.Random, count: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        scan = {"id": str(number), "task": chance.choice((*dialog.UNDOABLE, "void", "finish", "empty", "look", "hold", "release"))}
        scan |= {"operator": chance.choice(("OP-1", "OP-1", "OP-2")), "barcode": chance.choice(("P", "Q"))}
        if scan["task"] == "void":
            scan["voids"] = str(chance.randrange(count))
        elif scan["task"] not in ("hold", "release"):
            scan |= {"location": chance.choice(("A", "B")), "quantity": chance.choice(("1", "0", "0.1", "2.000001", "36"))}
        if scan["task"] in ("move", "pick"):
            scan["target"] = chance.choice(("A", "B"))
        yield scan


def lists(chance: random.Random, count: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        task = dialog.TASKS[number % len(dialog.TASKS)]
        flow = {"task": task, "location": chance.choice((None, "A", "B")), "target": chance.choice((None, "B"))}
        yield {"flow": flow, "scans": list(scans(chance, chance.randint(0, 40)))}


def books(chance: random.Random, count: int) -> Iterator[dict[str, Any]]:
    skus = ("S1", "S2", "S3", "S4", "constructor", "__proto__")
    for _ in range(count):
        rows = {
            place: [{"sku": sku, "name": sku, "quantity": chance.choice((-1, 0, 0.5, 3))} for sku in chance.sample(skus, 3)]
            for place in PLACES
        }
        yield {
            "lines": [{"barcode": code, "quantity": chance.choice((0, 0.5, 3)), "scans": 1, "last": code} for code in chance.sample(("1", "2", "3", "4"), 3)],
            "location": chance.choice((*PLACES, None)),
            "book": [{"location": place, "rows": rows[place], "only": chance.choice((None, ["S1", "S2"]))} for place in chance.sample(PLACES, 2)],
            "known": {code: {"sku": chance.choice(skus), "pack": chance.choice((1, 12))} for code in ("1", "2", "3")},
        }  # fmt: skip


def played(game: dict[str, Any]) -> list[dict[str, Any]]:
    flow, turns = Flow(game["task"]), []
    for step in game["steps"]:
        if heard := step.get("heard"):
            turn = dialog.hear(flow, dialog.command(heard["text"]) or Reading(**heard), step["last"])
        else:
            button = step["button"]
            turn = dialog.press(flow, button["type"], button["value"], location=button["location"], last=step["last"])
        flow = turn.flow
        ask = {name: value for name, value in flow.ask._asdict().items() if value is not None} if isinstance(flow.ask, Ask) else None
        told = flow._asdict() | {"ask": ask}
        turns.append({"waits": dialog.prompt(flow), "flow": told, "record": turn.record, "say": turn.say, "tone": turn.tone})
    return turns


def listed(one: dict[str, Any]) -> dict[str, Any]:
    lines = [line.__dict__ | {"quantity": float(line.quantity)} for line in dialog.tally(Flow(**one["flow"]), one["scans"], "OP-1")]
    last = dialog.undoable(one["scans"], "OP-1", one["flow"]["task"])
    return {"lines": lines, "undo": last and last["id"]}


def compared(one: dict[str, Any]) -> dict[str, Any]:
    def exact(number: float) -> Decimal:
        return Decimal(str(number))

    def read(barcode: str) -> tuple[str, Decimal] | None:
        known = one["known"].get(barcode)
        return known and (known["sku"], Decimal(known["pack"]))

    lines = [Line(line["barcode"], exact(line["quantity"]), 1, line["last"]) for line in one["lines"]]
    book = [
        Page(page["location"], [Expected(row["sku"], row["name"], exact(row["quantity"])) for row in page["rows"]], page["only"])
        for page in one["book"]
    ]
    marks, missing = dialog.compare(lines, one["location"], book, read)
    return {
        "marks": {code: {k: float(v) if isinstance(v, Decimal) else v for k, v in m._asdict().items() if v is not None} for code, m in marks.items()},
        "missing": [row.sku for row in missing],
    }  # fmt: skip


def test_the_app_and_the_server_say_the_same_whatever_is_scanned_and_pressed() -> None:
    chance = random.Random(7)
    said = {"games": list(games(chance, 1000)), "lists": list(lists(chance, 500)), "books": list(books(chance, 500))}
    done = subprocess.run(
        ["node", "--input-type=module", "-e", PLAY],
        cwd=ROOT,
        input=json.dumps(said),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    app = json.loads(done.stdout)
    assert tuple(app["tasks"]) == dialog.TASKS
    for name, server in (("games", played), ("lists", listed), ("books", compared)):
        for one, theirs in zip(said[name], app[name], strict=True):
            assert server(one) == theirs, one
    recorded = [turn["record"]["task"] for game in app["games"] for turn in game if turn["record"]]
    assert set(recorded) >= {"count", "receive", "return", "move", "pick", "scrap", "hold", "release", "look", "finish", "empty", "void"}
    assert {mark["state"] for one in app["books"] for mark in one["marks"].values()} == {"expected", "unexpected", "misplaced"}
