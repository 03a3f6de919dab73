"""The dialogue at a terminal says what the app says: both are held to tests/cases/dialog.json."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.scans.said import TASKS
from app.terminal import dialog
from app.terminal.dialog import Expected, Flow, Line, Page, Reading

CASES = json.loads((Path(__file__).parents[1] / "cases" / "dialog.json").read_text())


def of(key: str) -> Any:
    return pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in CASES if key in case])


@of("steps")
def test_a_dialogue_goes_as_in_the_app(case: dict[str, Any]) -> None:
    flow, last = Flow(case["task"]), case.get("last")
    for step in case["steps"]:
        if heard := step.get("hear"):
            turn = dialog.hear(flow, Reading(**heard), last)
            assert heard["kind"] != "command" or dialog.command(heard["text"]) == Reading(**heard)
        else:
            button = step["press"]
            turn = dialog.press(flow, button["type"], button.get("value", ""), location=button.get("location"), last=last)
        assert (turn.say, turn.tone, turn.record) == (step["say"], step["tone"], step["record"])
        flow = turn.flow
        assert {name: getattr(flow, name) for name in step.get("flow", {})} == step.get("flow", {})
        assert dialog.prompt(flow) == step.get("prompt", dialog.prompt(flow))


@of("scans")
def test_running_totals_and_undo_are_those_of_the_app(case: dict[str, Any]) -> None:
    flow = Flow(case["task"], case.get("location"), case.get("target"))
    lines = [line.__dict__ | {"quantity": float(line.quantity)} for line in dialog.tally(flow, case["scans"], case["operator"])]
    assert lines == case["tally"]
    last = dialog.undoable(case["scans"], case["operator"], case["task"])
    assert (last and last["id"]) == case["undo"]


@of("lines")
def test_what_is_missing_unexpected_or_misplaced_is_what_the_app_shows(case: dict[str, Any]) -> None:
    def read(barcode: str) -> tuple[str, Decimal] | None:
        known = case["known"].get(barcode)
        return known and (known[0], Decimal(known[1]))

    lines = [Line(barcode, Decimal(quantity), 1, barcode) for barcode, quantity in case["lines"]]
    book = [
        Page(page["location"], [Expected(sku, sku, Decimal(quantity)) for sku, quantity in page["rows"]], page.get("only"))
        for page in case["book"]
    ]
    marks, missing = dialog.compare(lines, case["location"], book, read)
    told = {barcode: {name: value for name, value in mark._asdict().items() if value is not None} for barcode, mark in marks.items()}
    assert told == case["marks"]
    assert [row.sku for row in missing] == case["missing"]


def test_every_task_of_the_dialogue_has_cases_and_is_one_of_the_servers() -> None:
    assert {case["task"] for case in CASES if "steps" in case} == set(dialog.TASKS)
    assert {dialog.said(task) for task in dialog.TASKS} <= set(TASKS)


def test_no_barcode_approves_or_deletes() -> None:
    assert [dialog.command(text) for text in ("SL-APPROVE", "SL-QTY-", "SL-DONE\n", "sl-undo")] == [None] * 4
