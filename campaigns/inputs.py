"""Schemathesis on our own API description: no 5xx, no status, content type or shape that the description doesn't declare.

Each operation is called with inputs that fit its description and with inputs that break it, as every role, a device and nobody, on a shop
where things have happened. The control: a route with an undeclared answer must be noticed.
"""

import itertools
import warnings
from collections import Counter
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from app import limits, times
from campaigns import Outcome, hold, progress
from campaigns.ground import Ground, Stage
from tests.shop import Gun


def campaign(ground: Ground, engine: str, inputs: int, first_seed: int = 1) -> Outcome:
    with ground.stage(engine) as stage:
        happened(stage)
        done, found = drive(stage, inputs, first_seed)
        hold(not found, f"{len(found)} untrue descriptions:\n" + "\n".join(found))
        _, control = drive(stage, 50, first_seed, lie=True)
        hold(bool(control), "control: a status that is not declared went unnoticed")
        stage.shop.proven()
    total, operations, callers = done.pop("inputs"), done.pop("operations"), done.pop("callers")
    facts = {"operations": operations, "callers of each": callers, "5xx": 0, "undeclared": 0, "answers": dict(sorted(done.items()))}
    return Outcome(f"bad inputs ({engine})", total, "inputs", facts, f"undeclared 404s noticed in {len(control)} operations")


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


def drive(stage: Stage, inputs: int, first_seed: int, lie: bool = False) -> tuple[Counter[str], list[str]]:
    """Call every operation, some for a lie; return what was done, and a sentence per untrue description."""
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
    shop = stage.shop
    limits.COSTLY = inputs  # here everybody may start as many files as they like
    described = shop.person("auditor").get("/api/v1/openapi.json").json
    if lie:
        for operations in described["paths"].values():
            for operation in operations.values():
                if isinstance(operation, dict):
                    operation.get("responses", {}).pop("404", None)
    schema = schemathesis.openapi.from_dict(described)
    schema.app = stage.app
    operations = [one.ok() for one in schema.get_all_operations()][:: 6 if lie else 1]
    done, found = Counter[str](), dict[str, str]()
    guns: list[Gun] = [*shop.keys.values(), shop.gun, Gun(shop.gun.client, "")]
    modes = (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)
    each = max(1, -(-inputs // (len(operations) * len(modes))))
    asked: set[tuple[str, str]] = set()
    last: dict[str, Any] = {}
    names = itertools.cycle(("K1", "K2", "K3-001", "1", "PEN"))

    def ask(label: str, case: Any, gun: Gun) -> None:
        if label in found:
            return
        asked.add((label, gun.token))
        last[label] = case
        done["inputs"] += 1
        progress(done["inputs"], inputs, "inputs")
        if case.path_parameters and done["inputs"] % 2:
            case.path_parameters = {name: next(names) if isinstance(value, str) else value for name, value in case.path_parameters.items()}
        headers = {"Accept-Encoding": "identity"} | ({"Authorization": f"Bearer {gun.token}"} if gun.token else {})
        response = case.call(headers=headers)
        done[str(response.status_code)] += 1
        try:
            case.validate_response(response, checks=checks)
        except (Exception, BaseExceptionGroup) as error:
            found[label] = f"{label}: {response.status_code}: {' '.join(shown(error).split())[:600]}"

    def caller(label: str, who: Any) -> Any:
        def call(case: Any) -> None:
            ask(label, case, next(who))

        return call

    for operation in operations:
        label = f"{operation.method.upper()} {operation.path}"
        right = [g for r, g in shop.keys.items() if r in described["paths"][operation.path][operation.method].get("x-roles", ())]
        who = itertools.cycle([*right, *guns, *right])
        for mode in modes:
            try:
                strategy = operation.as_strategy(generation_mode=mode)
                quick = settings(
                    max_examples=each, deadline=None, database=None, suppress_health_check=list(HealthCheck), phases=(Phase.generate,)
                )
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    seed(first_seed)(quick(given(case=strategy)(caller(label, who))))()
            except Exception as error:
                if "negative" not in str(error).lower() and type(error).__name__ not in ("Unsatisfiable", "SkipTest"):
                    raise
        for gun in guns:  # whom chance, or an operation without arguments, left out
            if label in last and (label, gun.token) not in asked:
                ask(label, last[label], gun)
    done["operations"], done["callers"] = len(last), len(guns)
    return done, sorted(found.values())


def shown(error: BaseException) -> str:
    inner = getattr(error, "exceptions", None)
    return "; ".join(str(one) for one in inner) if inner else str(error)
