"""Codes of an authenticator: each counts once, guesses are few, approvals ask for one that is fresh, and who lost the app gets in again."""

import base64
import dataclasses
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from app import access, times
from app.db import reading, writing
from app.people import onetime, signing
from tests.callers import key, problem, signed_in
from tests.counts.test_counting import MINUTE, counted, decision, reconciliation
from tests.shop import Shop

WORD = "plum stone ladder"
RFC = b"12345678901234567890"


class Desk:
    """Somebody at the console, with an app that shows codes."""

    def __init__(self, client: FlaskClient, csrf: dict[str, str]) -> None:
        self.client, self.csrf, self.key = client, csrf, b""

    def post(self, path: str, **body: Any) -> Any:
        return self.client.post("/api/v1" + path, json=body, headers=self.csrf)

    def code(self, beside: int = 0) -> str:
        return onetime.code(self.key, onetime.step_of(times.now()) + beside)

    def enrol(self) -> list[str]:
        """Set an authenticator up with the code before that of now; return the recovery codes."""
        given = self.post("/authenticator", password=WORD)
        assert given.status_code == 201, given.json
        self.key = base64.b32decode(given.json["key"].replace(" ", ""))
        confirmed = self.post("/authenticator/confirmation", code=self.code(-1))
        assert confirmed.status_code == 200, confirmed.json
        return list(confirmed.json["codes"])


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A clock that only the test moves, in the middle of a step, a minute and a day; it begins tomorrow, so that nothing is late."""
    day = 86_400_000
    at = [times.now() // day * day + day + day // 2 + 15_000]
    monkeypatch.setattr(times, "now", lambda: at[0])
    return at


@pytest.fixture
def ada(app: Flask, now: list[int]) -> Desk:
    with writing() as tx:
        link = signing.new_setup_link(tx)
    client = app.test_client()
    return Desk(client, signed_in(client, link, name="Ada", password=WORD))


def enter(app: Flask, code: str | None = None, password: str = WORD) -> Any:
    return app.test_client().post("/api/v1/session", json={"name": "Ada", "password": password, "code": code})


@pytest.mark.parametrize(
    "step, code", list(enumerate(["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871"]))
)
def test_the_codes_are_those_of_rfc_4226(step: int, code: str) -> None:
    assert onetime.code(RFC, step) == code


@pytest.mark.parametrize(
    "seconds, code",
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_the_codes_are_those_of_rfc_6238(seconds: int, code: str) -> None:
    assert onetime.code(RFC, onetime.step_of(seconds * 1000)) == code
    assert onetime.matching(RFC, code, (seconds + 30) * 1000) == onetime.step_of(seconds * 1000)
    assert onetime.matching(RFC, code, (seconds + 90) * 1000) is None


def test_who_has_an_authenticator_signs_in_with_a_code_that_counts_once(app: Flask, ada: Desk, now: list[int]) -> None:
    assert ada.client.get("/api/v1/authenticator").json == {"since": None, "recovery_left": 0}
    given = ada.post("/authenticator", password=WORD).json
    assert given["uri"].startswith("otpauth://totp/ScanLedger%3AAda?secret=")
    assert given["uri"].endswith("&issuer=ScanLedger")
    assert len(given["qr"]) == len(given["qr"][0]) > 20
    assert enter(app).status_code == 200  # nothing is asked for before a code has confirmed it
    ada.enrol()
    assert ada.client.get("/api/v1/authenticator").json == {"since": times.wire(times.now()), "recovery_left": 10}
    problem(enter(app), "code_needed")
    problem(enter(app, ada.code(), password="wrong password"), "unauthorized")
    problem(enter(app, ada.code(-1)), "code_needed")  # it confirmed the authenticator
    problem(enter(app, ada.code(5)), "code_needed")
    problem(enter(app, "".join(chr(0xFF10 + int(digit)) for digit in ada.code())), "code_needed")  # full-width digits
    spaced = ada.code()[:3] + " " + ada.code()[3:]
    assert enter(app, spaced).status_code == 200
    problem(enter(app, ada.code()), "code_needed")
    now[0] += 30_000
    assert enter(app, ada.code()).status_code == 200
    problem(enter(app, ada.code(-1)), "code_needed")  # older than one that was taken
    assert ada.client.get("/api/v1/people").json["rows"][0]["authenticator"] is True


def test_a_code_counts_once_however_many_send_it_at_once(app: Flask, ada: Desk) -> None:
    ada.enrol()
    code = ada.code()
    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(lambda _: enter(app, code).status_code, range(4)))
    assert statuses == [200, 403, 403, 403]


def test_a_recovery_code_signs_in_once_and_is_kept_as_a_hash(app: Flask, ada: Desk) -> None:
    codes = ada.enrol()
    assert len(set(codes)) == 10
    assert enter(app, codes[0].lower().replace("-", " ")).status_code == 200
    problem(enter(app, codes[0]), "code_needed")
    assert ada.client.get("/api/v1/authenticator").json["recovery_left"] == 9
    with reading() as tx:
        kept = "".join(str(tx.execute(text(f"SELECT * FROM {table}")).all()) for table in ("recovery_codes", "audit", "authenticators"))
    assert not [code for code in codes if code in kept or code.replace("-", "") in kept]
    assert onetime.written(ada.key) not in kept


def test_codes_are_guessed_five_times_a_minute_and_fifty_a_day(app: Flask, ada: Desk, now: list[int]) -> None:
    ada.enrol()
    assert [enter(app, "000000").status_code for _ in range(6)] == [403] * 5 + [429]
    assert enter(app, ada.code()).status_code == 429  # the right one too
    for _ in range(9):
        now[0] += 60_000
        assert [ada.post("/session/code", code="000000").status_code for _ in range(5)] == [403] * 5
    now[0] += 60_000
    refused = enter(app, ada.code())
    problem(refused, "too_many_requests")
    assert int(refused.headers["Retry-After"]) > 3600
    with writing() as tx:
        tx.execute(text("UPDATE sessions SET seen_at = :now"), {"now": now[0]})
    assert app.test_cli_runner().invoke(args=["people", "reset-authenticator", "Ada"]).exit_code == 0
    assert enter(app).status_code == 200


def test_an_approval_and_taking_it_back_need_a_code_of_the_last_ten_minutes_where_the_person_has_an_authenticator(
    shop: Shop, ada: Desk, now: list[int]
) -> None:
    counted(shop, now[0] - 120 * MINUTE)
    seen = {"hash": reconciliation(shop, "K1")["hash"], "decisions": [decision(shop, "K1", "PEN", "accept")]}
    ada.enrol()
    now[0] += access.PROVEN
    problem(ada.post("/counts/K1/reconciliation", **seen), "code_needed")
    problem(ada.post("/counts/K1/approval", hash=seen["hash"]), "code_needed")
    problem(ada.post("/session/code", code="000000"), "code_needed")
    problem(ada.post("/counts/K1/reconciliation", **seen), "code_needed")
    assert ada.post("/session/code", code=ada.code()).status_code == 204
    now[0] += access.PROVEN - 1
    done = ada.post("/counts/K1/reconciliation", **seen)
    assert (done.status_code, done.json["status"]) == (200, "posted"), done.json
    now[0] += 1
    problem(ada.post("/counts/K1/reconciliation", **seen), "code_needed")
    for what in ("withdrawal", "reversal", f"lines/{seen['decisions'][0]['line']}/reversal"):
        problem(ada.post(f"/counts/K1/{what}", reason="it was a box"), "code_needed")
    assert ada.post("/session/code", code=ada.code()).status_code == 204
    problem(ada.post("/counts/K1/withdrawal", reason="it was a box"), "not_in_review")
    assert ada.post("/counts/K1/reversal", reason="it was a box").status_code == 200


@pytest.mark.parametrize("rule, plain, with_key", [("enrolled", "not_found", "not_found"), ("always", "code_needed", "code_needed")])
def test_who_has_no_authenticator_and_keys_approve_unless_the_setting_wants_codes_always(
    app: Flask, ada: Desk, rule: str, plain: str, with_key: str
) -> None:
    app.extensions["settings"] = dataclasses.replace(app.extensions["settings"], approval_codes=rule)
    problem(ada.post("/counts/NONE/reconciliation", hash="x"), plain)
    supervisor = key("supervisor")
    why = {"reason": "a box"}
    paths = {"reconciliation": {"hash": "x"}, "approval": {"hash": "x"}, "withdrawal": why, "reversal": why, "lines/1/reversal": why}
    for path, body in paths.items():
        problem(app.test_client().post(f"/api/v1/counts/NONE/{path}", json=body, headers=supervisor), with_key)
    ada.enrol()
    problem(ada.post("/counts/NONE/reconciliation", hash="x"), "not_found")


def test_the_setting_can_ask_nobody(app: Flask, ada: Desk, now: list[int]) -> None:
    app.extensions["settings"] = dataclasses.replace(app.extensions["settings"], approval_codes="off")
    ada.enrol()
    now[0] += access.PROVEN
    problem(ada.post("/counts/NONE/reconciliation", hash="x"), "not_found")


def test_another_administrator_takes_a_lost_authenticator_off_and_it_is_kept_who_and_why(app: Flask, ada: Desk) -> None:
    ada.enrol()
    mine = ada.client.get("/api/v1/me").json["person"]["id"]
    problem(ada.post(f"/people/{mine}/authenticator/removal", reason="lost"), "forbidden")
    other = key("administrator", name="Olaf")
    path, client = f"/api/v1/people/{mine}/authenticator/removal", app.test_client()
    problem(client.post(path, json={}, headers=other), "bad_request")
    assert client.post(path, json={"reason": "phone in the canal"}, headers=other).json["authenticator"] is False
    problem(client.post(path, json={"reason": "again"}, headers=other), "not_found")
    problem(ada.client.get("/api/v1/me"), "unauthorized")
    assert enter(app).status_code == 200
    with reading() as tx:
        deed = tx.execute(text("SELECT actor, reason FROM audit WHERE deed = 'authenticator_taken_off'")).one()
    assert tuple(deed) == ("key:Olaf", "phone in the canal")


def test_setting_up_and_taking_off_ask_for_what_only_the_person_has(app: Flask, ada: Desk) -> None:
    assert ada.post("/authenticator", password="wrong").json["errors"][0]["field"] == "password"
    problem(ada.post("/authenticator/confirmation", code="123456"), "not_found")
    problem(ada.post("/authenticator/removal", code="123456"), "code_needed")
    codes = ada.enrol()
    problem(ada.post("/authenticator", password=WORD), "changed")
    problem(ada.post("/authenticator/removal", code="000000"), "code_needed")
    assert ada.post("/authenticator/removal", code=codes[3]).status_code == 204
    assert enter(app).status_code == 200
    for path, body in (("session/code", {"code": "1"}), ("authenticator", {"password": "x"}), ("authenticator/removal", {"code": "1"})):
        problem(app.test_client().post(f"/api/v1/{path}", json=body, headers=key("supervisor")), "bad_request")


def test_the_command_line_lets_somebody_in_again(app: Flask, ada: Desk) -> None:
    ada.enrol()
    run = app.test_cli_runner()
    given = run.invoke(args=["people", "new-password", "ada"])
    assert given.exit_code == 0
    problem(ada.client.get("/api/v1/me"), "unauthorized")
    problem(enter(app), "unauthorized")
    problem(enter(app, password=given.stdout.strip()), "code_needed")
    assert run.invoke(args=["people", "reset-authenticator", "Ada"]).exit_code == 0
    assert enter(app, password=given.stdout.strip()).status_code == 200
    for command in ("new-password", "reset-authenticator"):
        assert run.invoke(args=["people", command, "Nobody"]).exit_code == 2
    assert run.invoke(args=["people", "reset-authenticator", "Ada"]).exit_code == 2
