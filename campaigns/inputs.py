"""Schemathesis on our own API description: no 5xx, no status, content type or shape that the description doesn't declare.

Each operation is called with inputs that fit its description and with inputs that break it, as every role, a device and nobody, on a shop
where things have happened. The control: a route with an undeclared answer must be noticed.
"""

import contextlib
import itertools
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from app import limits, times
from campaigns import Outcome, hold, progress
from campaigns.ground import Ground, Stage
from tests.shop import Gun


def campaign(ground: Ground, engine: str, inputs: int, first_seed: int = 1) -> Outcome:
    (outcome,) = together(ground, {engine: inputs}, first_seed)
    return outcome


def together(ground: Ground, inputs: dict[str, int], first_seed: int = 1) -> list[Outcome]:
    """Give each engine as many inputs, of the same ones: to make them takes longer than to ask them."""
    with contextlib.ExitStack() as stack:
        stages = [stack.enter_context(ground.stage(engine)) for engine in inputs]
        for stage in stages:
            happened(stage)
        asked = drive(stages, list(inputs.values()), first_seed)
        for one in asked:
            hold(not one.found, f"{len(one.found)} untrue descriptions on {one.stage.engine}:\n" + "\n".join(sorted(one.found.values())))
        control = drive(stages, [50] * len(stages), first_seed, lie=True)
        for one in control:
            hold(bool(one.found), f"control on {one.stage.engine}: a status that is not declared went unnoticed")
        for stage in stages:
            with stage.app.app_context():
                stage.shop.proven()
    return [one.outcome(f"undeclared 404s noticed in {len(lied.found)} operations") for one, lied in zip(asked, control, strict=True)]


def happened(stage: Stage) -> None:
    """Let things have happened: stock, a refusal, an exception, a count in review, another one posted."""
    shop, at = stage.shop, times.now() - times.HOUR
    office = shop.person("supervisor")
    shop.gun.do("receive", at=at, location="A-01", barcode="PEN-BOX", quantity="10")
    shop.gun.do("receive", at=at, location="A-02", barcode="MILK-1", lot="L1", quantity="3")
    shop.gun.do("pick", at=at, location="B-01", barcode="INK-1", quantity="2")
    shop.gun.do("receive", at=at, location="A-01", barcode="WHAT IS THIS")
    shop.gun.send({"id": "broken"})
    for number, place in enumerate(("A-01", "A-02", "B-01"), 1):
        assert office.call("POST", "/api/v1/counts", {"locations": [place]}).status_code == 201
        shop.gun.do("count", at=at + times.MINUTE * 10, sheet=f"K{number}-001", barcode="PEN", quantity="5")
        if number < 3:
            shop.gun.do("finish", at=at + times.MINUTE * 11, sheet=f"K{number}-001")
    seen = office.get("/api/v1/counts/K1/reconciliation").json
    decisions = [{"line": line["line"], "decision": "accept"} for line in seen["lines"]]
    assert office.call("POST", "/api/v1/counts/K1/reconciliation", {"hash": seen["hash"], "decisions": decisions}).status_code == 200


class Asked:
    """What is asked on one stage, and what is untrue there."""

    def __init__(self, stage: Stage, inputs: int, checks: Sequence[Any]) -> None:
        shop = stage.shop
        self.stage, self.inputs, self.checks = stage, inputs, checks
        self.guns: list[Gun] = [*shop.keys.values(), shop.gun, Gun(shop.gun.client, "")]
        self.answers, self.found = Counter[int](), dict[str, str]()
        self.asked: set[tuple[str, str]] = set()
        self.last: dict[str, Any] = {}
        self.done = 0
        self.names = itertools.cycle(("K1", "K2", "K3-001", "1", "PEN"))

    def ask(self, label: str, case: Any, gun: Gun) -> None:
        if label in self.found:
            return
        self.asked.add((label, gun.token))
        self.last[label] = case
        self.done += 1
        progress(self.done, self.inputs, f"inputs on {self.stage.engine}")
        drawn = case.path_parameters
        if drawn and self.done % 2:
            case.path_parameters = {name: next(self.names) if isinstance(value, str) else value for name, value in drawn.items()}
        headers = {"Accept-Encoding": "identity"} | ({"Authorization": f"Bearer {gun.token}"} if gun.token else {})
        response = case.call(headers=headers, app=self.stage.app)
        self.answers[response.status_code] += 1
        try:
            case.validate_response(response, checks=self.checks)
        except (Exception, BaseExceptionGroup) as error:
            self.found[label] = f"{label}: {response.status_code}: {' '.join(shown(error).split())[:600]}"
        case.path_parameters = drawn

    def left_out(self, label: str, case: Any) -> None:
        """Ask as those whom chance, or an operation without arguments, left out."""
        for gun in self.guns:
            if (label, gun.token) not in self.asked:
                self.ask(label, case, gun)

    def outcome(self, control: str) -> Outcome:
        answers = {str(status): number for status, number in sorted(self.answers.items())}
        facts = {"operations": len(self.last), "callers of each": len(self.guns), "5xx": 0, "undeclared": 0, "answers": answers}
        return Outcome(f"bad inputs ({self.stage.engine})", self.done, "inputs", facts, control)


def drive(stages: Sequence[Stage], inputs: Sequence[int], first_seed: int, lie: bool = False) -> list[Asked]:
    """Call every operation on each stage, some for a lie; a stage that is given half as many inputs takes every second one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import schemathesis
        from schemathesis.checks import not_a_server_error
        from schemathesis.specs.openapi.checks import (
            content_type_conformance,
            response_headers_conformance,
            response_schema_conformance,
            status_code_conformance,
        )
    checks = [
        not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance, response_headers_conformance,
    ]  # fmt: skip
    most = max(inputs)
    limits.COSTLY = most  # here everybody may start as many files as they like
    described, *same = (stage.shop.person("auditor").get("/api/v1/openapi.json").json for stage in stages)
    hold(all(other == described for other in same), "the engines describe themselves differently")
    if lie:
        for operations in described["paths"].values():
            for operation in operations.values():
                if isinstance(operation, dict):
                    operation.get("responses", {}).pop("404", None)
    schema = schemathesis.openapi.from_dict(described)
    schema.app = stages[0].app
    operations = [one.ok() for one in schema.get_all_operations()][:: 6 if lie else 1]
    asked = [Asked(stage, number, checks) for stage, number in zip(stages, inputs, strict=True)]
    modes = (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)
    each = max(1, -(-most // (len(operations) * len(modes))))
    made = itertools.count(1)

    def ask_all(label: str, callers: Sequence[Iterator[Gun]]) -> Any:
        def call(case: Any) -> None:
            number = next(made)
            for one, who in zip(asked, callers, strict=True):
                if number * one.inputs // most > (number - 1) * one.inputs // most:
                    one.ask(label, case, next(who))

        return call

    for operation in operations:
        label = f"{operation.method.upper()} {operation.path}"
        roles = described["paths"][operation.path][operation.method].get("x-roles", ())
        right = [[gun for role, gun in one.stage.shop.keys.items() if role in roles] for one in asked]
        callers = [itertools.cycle([*mine, *one.guns, *mine]) for one, mine in zip(asked, right, strict=True)]
        for mode in modes:
            try:
                strategy = operation.as_strategy(generation_mode=mode)
                quick = settings(
                    max_examples=each, deadline=None, database=None, suppress_health_check=list(HealthCheck), phases=(Phase.generate,)
                )
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    seed(first_seed)(quick(given(case=strategy)(ask_all(label, callers))))()
            except Exception as error:
                if "negative" not in str(error).lower() and type(error).__name__ not in ("Unsatisfiable", "SkipTest"):
                    raise
        for case in [one.last[label] for one in asked if label in one.last][:1]:
            for one in asked:
                one.left_out(label, case)
    return asked


def shown(error: BaseException) -> str:
    inner = getattr(error, "exceptions", None)
    return "; ".join(str(one) for one in inner) if inner else str(error)
