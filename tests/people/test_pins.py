"""PINs on shared guns: the badge names, the PIN proves; wrong ones lock out, what nobody proved is refused and kept."""

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from app import times
from app.db import reading, writing
from app.locations.creating import add_site
from app.people import granting, pepper, pins, vouching
from tests.callers import device, key, problem
from tests.shop import Gun, Shop

PIN, OTHER = "204173", "860351"


class Floor:
    """A site that wants PINs: a supervisor, an administrator, two guns; and people with badges."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.guns = shop, (shop.gun, shop.other_gun)
        self.boss, self.admin = shop.person("supervisor"), shop.person("administrator")
        self.ids: dict[str, int] = {}
        self.put(pin="required")
        self.hire("Mira", "OP-17")

    def put(self, **said: Any) -> None:
        answer = self.admin.call("PUT", "/api/v1/sites/MAIN", {**said, "reason": "shared guns"})
        assert answer.status_code == 200, answer.json

    def hire(self, name: str, badge: str) -> None:
        said = {"name": name, "badge": badge, "roles": ["operator"], "site": "MAIN"}
        self.ids[badge] = self.admin.call("POST", "/api/v1/people", said).json["id"]

    def code(self, badge: str = "OP-17") -> str:
        return str(self.boss.call("POST", f"/api/v1/operators/{self.ids[badge]}/code", {}).json["code"])

    def begin(self, pin: str = PIN, badge: str = "OP-17", gun: int = 0) -> Any:
        return self.guns[gun].call("POST", "/api/v1/pins", {"badge": badge, "code": self.code(badge), "pin": pin})

    def prove(self, pin: str = PIN, badge: str = "OP-17", gun: int = 0) -> Any:
        return self.guns[gun].call("POST", "/api/v1/grants", {"badge": badge, "pin": pin})

    def see_to(self, deed: str, badge: str = "OP-17") -> Any:
        return self.boss.call("POST", f"/api/v1/operators/{self.ids[badge]}/{deed}", {"reason": "asked"}).json

    def row(self, badge: str = "OP-17") -> Any:
        rows = self.boss.get("/api/v1/operators").json["rows"]
        return next(row for row in rows if row["badge"] == badge)

    def receives(self, gun: int = 0, badge: str = "OP-17", **more: Any) -> Any:
        receipt = self.guns[gun].do("receive", location="A-01", barcode="PEN-BOX", operator=badge, **more)
        return receipt["outcome"], receipt["reason"]


@pytest.fixture
def floor(shop: Shop) -> Floor:
    return Floor(shop)


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A clock that only the test moves."""
    at = [times.now() // 3_600_000 * 3_600_000 + 15_000]
    monkeypatch.setattr(times, "now", lambda: at[0])
    return at


REFUSED = ("refused", "unproven_operator")


@pytest.mark.parametrize(
    "pin, word",
    [
        ("12345", "digits"), ("1234567890123", "digits"), ("20417a", "digits"), ("\u0662\u0660\u0664\u0661\u0667\u0663", "digits"),
        ("111111", "three"), ("484848", "three"), ("123456", "row"), ("987654", "row"), ("789012", "row"), ("864208", "row"), ("123789", "row"),
        ("471471", "row"), ("471174", "row"), ("311299", "date"), ("123199", "date"), ("991231", "date"), ("199012", "date"), ("121990", "date"),
        ("24121987", "date"), ("19871224", "date"), ("01011987", "date"), ("159357", "first"), ("904177", "badge"), ("204173", ""), ("99887711", ""),
    ],
)  # fmt: skip
def test_pins_that_are_guessed_first_are_not_taken(pin: str, word: str) -> None:
    why = pins.weakness(pin, "904177" if word == "badge" else "OP-17", frozenset({"159357"}))
    assert (why is None) == (word == "")
    assert word in (why or "")


def test_nine_of_ten_pins_of_six_digits_are_taken() -> None:
    taken = sum(pins.weakness(f"{pin:06}", "OP-17", frozenset()) is None for pin in range(0, 1_000_000, 7))
    assert 0.88 < taken * 7 / 1_000_000 < 0.92


def test_a_site_asks_for_no_pin_unless_it_is_told_to(shop: Shop) -> None:
    me = shop.gun.get("/api/v1/me").json
    assert (me["pin"], me["idle_minutes"]) == ("off", None)
    receipt = shop.gun.do("receive", location="A-01", barcode="PEN-BOX")
    assert (receipt["outcome"], receipt["reason"]) == ("posted", None)
    problem(shop.person("supervisor").call("PUT", "/api/v1/sites/MAIN", {"pin": "required"}), "forbidden")
    problem(shop.person("administrator").call("PUT", "/api/v1/sites/MAIN", {"idle_minutes": 0}), "bad_request")


def test_who_was_given_a_code_sets_a_pin_and_proves_it_on_every_gun(floor: Floor) -> None:
    floor.put(idle_minutes=5)
    assert floor.guns[0].get("/api/v1/me").json["idle_minutes"] == 5
    problem(floor.prove(), "pin_needed")
    given = floor.begin()
    assert given.status_code == 201, given.json
    assert (given.json["name"], given.json["seconds"]) == ("Mira", 72 * 3600)
    problem(floor.prove(OTHER, gun=1), "wrong_pin")
    again = floor.prove(gun=1)
    assert again.status_code == 201
    assert again.json["salt"] == given.json["salt"]  # all guns keep the same little of a PIN, so that two tell no more than one
    row = floor.row()
    assert (row["name"], row["locked"], [d["name"] for d in row["devices"]]) == ("Mira", False, ["gun-1", "gun-2"])
    assert row["pin_since"]
    assert row["code_until"] is None
    problem(floor.prove(badge="NOBODY"), "not_found")


def test_a_code_counts_once_for_an_hour_and_a_new_one_voids_it(floor: Floor, now: list[int]) -> None:
    first, second = floor.code(), floor.code()
    assert len(second) == 8
    assert floor.row()["code_until"] is not None

    def begin(code: str, pin: str = PIN) -> Any:
        return floor.guns[0].call("POST", "/api/v1/pins", {"badge": "OP-17", "code": code, "pin": pin})

    problem(begin(first), "code_spent")
    problem(begin(second, "123456"), "weak_pin")
    assert begin(second).status_code == 201
    problem(begin(second, OTHER), "code_spent")
    third = floor.code()
    now[0] += vouching.CODE_LASTS
    problem(begin(third, OTHER), "code_spent")
    assert floor.prove().status_code == 201


def test_five_wrong_pins_in_a_row_lock_out_on_that_gun_until_a_supervisor_unlocks(floor: Floor) -> None:
    floor.begin()
    for _ in range(granting.WRONG - 1):
        problem(floor.prove(OTHER), "wrong_pin")
    assert floor.prove().status_code == 201  # the right one takes the wrong ones back
    for _ in range(granting.WRONG - 1):
        problem(floor.prove(OTHER), "wrong_pin")
    problem(floor.prove(OTHER), "pin_locked")
    problem(floor.prove(), "pin_locked")
    row = floor.row()
    assert (row["locked"], row["locked_on"]) == (True, ["gun-1"])
    assert floor.prove(gun=1).status_code == 201  # a colleague's game with one gun shuts nobody out of the others
    problem(floor.shop.person("auditor").call("POST", f"/api/v1/operators/{row['id']}/unlocking", {"reason": "x"}), "forbidden")
    assert floor.see_to("unlocking")["locked"] is False
    assert floor.prove().status_code == 201
    with reading() as tx:
        deeds = tx.execute(text("SELECT deed, reason FROM audit WHERE site_id = 1 AND deed LIKE 'pin%' ORDER BY journal")).all()
        failed = tx.execute(text("SELECT actor, subject, after FROM audit WHERE deed = 'operator_sign_in_failed' ORDER BY journal")).all()
    assert [tuple(d) for d in deeds] == [("pin_code_made", ""), ("pin_set", ""), ("pin_locked", ""), ("pin_unlocked", "asked")]
    assert {tuple(one[:2]) for one in failed} == {("device:gun-1", f"person {row['id']}")}
    assert [json.loads(one.after)["wrong"] for one in failed] == [1, 2, 3, 4] * 2


def test_codes_are_guessed_no_more_often_than_pins_and_guns_together_not_for_ever(floor: Floor, app: Flask) -> None:
    floor.code()
    guns = [Gun(app.test_client(), device(f"more {n}")["Authorization"].removeprefix("Bearer ")) for n in range(5)]
    told = [
        gun.call("POST", "/api/v1/pins", {"badge": "OP-17", "code": "00000000", "pin": PIN}).json["code"] for gun in guns for _ in range(5)
    ]
    assert told.count("code_spent") == granting.WRONG_ANYWHERE - 4  # each gun's fifth says that it was the last
    assert set(told) == {"code_spent", "pin_locked"}
    assert floor.row()["locked"] is True
    assert floor.begin().status_code == 201  # a new code is a supervisor's word


def test_tries_at_once_are_counted_each(floor: Floor, app: Flask) -> None:
    floor.begin()
    token = floor.guns[0].token

    def one(_: int) -> str:
        with app.app_context():
            return str(Gun(app.test_client(), token).call("POST", "/api/v1/grants", {"badge": "OP-17", "pin": OTHER}).json["code"])

    with ThreadPoolExecutor(6) as pool:
        told = list(pool.map(one, range(18)))
    assert told.count("wrong_pin") < granting.WRONG
    assert set(told) <= {"wrong_pin", "pin_locked"}
    with reading() as tx:
        assert tx.scalar(text("SELECT wrong FROM pin_tries")) == granting.WRONG
    problem(floor.prove(), "pin_locked")


def test_a_device_tries_thirty_times_a_minute_whoever_it_is_for(floor: Floor, now: list[int]) -> None:
    told = [floor.prove(badge=f"NOBODY-{n}").json["code"] for n in range(31)]
    assert told == ["not_found"] * 30 + ["too_many_requests"]


def test_where_pins_are_required_what_nobody_proved_is_refused_and_kept(floor: Floor) -> None:
    assert floor.receives() == REFUSED
    floor.begin()
    assert floor.receives() == ("posted", None)
    assert floor.receives(gun=1) == REFUSED  # proven on another gun
    assert floor.receives(badge="OP-1") == REFUSED
    gun = floor.guns[0]
    assert gun.do("receive", location="A-01", barcode="PEN-BOX", operator=None)["reason"] == "unproven_operator"
    assert gun.do("count", location="A-01", barcode="PEN-BOX", operator="OP-1")["reason"] == "unproven_operator"
    assert gun.do("look", location="A-01", operator=None)["outcome"] == "noted"
    with reading() as tx:
        assert tx.scalar(text("SELECT COUNT(*) FROM sheets")) == 0  # nothing of it touches a count
    stranger = gun.scan("receive", location="A-01", barcode="PEN-BOX", operator="OP-1")
    void = gun.scan("void", voids=stranger["id"], operator="OP-1")
    assert [r["reason"] for r in gun.send(stranger, void)["receipts"]] == ["unproven_operator"] * 2
    assert floor.boss.do("receive", location="A-01", barcode="PEN-BOX")["outcome"] == "posted"  # a key says itself who it is
    assert floor.shop.on_hand("A-01", "PEN") == 24
    floor.shop.proven()


def test_a_supervisor_takes_what_was_refused_as_it_was_said(floor: Floor) -> None:
    gun = floor.guns[0]
    scan = gun.scan("receive", location="A-01", barcode="PEN-BOX", operator="OP-17")
    gun.send(scan)
    path = f"/api/v1/scans/{scan['id']}/resolution"
    problem(floor.boss.call("POST", path, {"location": "A-01", "reason": "x"}), "still_refused")
    assert floor.boss.call("POST", path, {"accept": True, "reason": "she stood beside me"}).json["outcome"] == "posted"
    assert floor.shop.on_hand("A-01", "PEN") == 12


def test_a_grant_holds_for_when_a_scan_was_made_not_for_when_it_comes(floor: Floor, now: list[int]) -> None:
    floor.begin()
    begun, hour = now[0], times.HOUR
    in_time = floor.guns[0].scan("receive", at=begun + 71 * hour, location="A-01", barcode="PEN-BOX", operator="OP-17")
    too_late = floor.guns[0].scan("receive", at=begun + 73 * hour, location="A-01", barcode="PEN-BOX", operator="OP-17")
    before = floor.guns[0].scan("receive", at=begun - hour, location="A-01", barcode="PEN-BOX", operator="OP-17")
    now[0] += 80 * hour
    floor.prove()  # a new grant doesn't cover the gap
    answer = floor.guns[0].send(in_time, too_late, before)
    assert [r["reason"] for r in answer["receipts"]] == [None, "unproven_operator", "unproven_operator"]
    assert floor.receives() == ("posted", None)


def test_a_renewed_grant_still_covers_what_was_made_before(floor: Floor, now: list[int]) -> None:
    floor.begin()
    early = floor.guns[0].scan("receive", at=now[0] + 1000, location="A-01", barcode="PEN-BOX", operator="OP-17")
    now[0] += 50 * times.HOUR
    floor.prove()
    now[0] += 50 * times.HOUR
    assert floor.guns[0].send(early)["receipts"][0]["outcome"] == "posted"
    assert floor.receives() == ("posted", None)


def test_what_somebody_scanned_offline_who_was_revoked_meanwhile_is_refused_and_kept(floor: Floor) -> None:
    floor.begin()
    gun = floor.guns[0]
    made = [gun.scan("receive", location="A-01", barcode="PEN-BOX", operator="OP-17") for _ in range(3)]
    left = floor.admin.call("PUT", f"/api/v1/people/{floor.ids['OP-17']}", {"archived": True, "reason": "left"})
    assert left.status_code == 200
    problem(floor.prove(), "not_found")
    answer = gun.send(*made)
    assert [(r["status"], r["outcome"], r["reason"]) for r in answer["receipts"]] == [("recorded", *REFUSED)] * 3
    assert answer["stream"]["held"] == 3
    kept = floor.boss.get("/api/v1/scans?since=0").json["rows"]
    assert {row["id"] for row in kept if row["reason"] == "unproven_operator"} == {scan["id"] for scan in made}
    assert floor.shop.on_hand("A-01", "PEN") == 0
    floor.admin.call("PUT", f"/api/v1/people/{floor.ids['OP-17']}", {"archived": False, "reason": "back"})
    assert floor.receives() == REFUSED  # what was taken back stays so
    assert floor.prove().status_code == 201
    assert floor.receives() == ("posted", None)


def test_a_pin_that_was_taken_off_opens_nothing_and_what_it_opened_is_refused(floor: Floor) -> None:
    floor.begin()
    assert floor.see_to("removal")["pin_since"] is None
    assert floor.receives() == REFUSED
    problem(floor.prove(), "pin_needed")
    assert floor.row()["devices"] == []


def test_a_new_pin_ends_what_the_old_one_opened_but_not_what_was_made_until_then(floor: Floor, now: list[int]) -> None:
    floor.begin()
    floor.prove(gun=1)
    until_then = floor.guns[1].scan("receive", at=now[0], location="A-01", barcode="PEN-BOX", operator="OP-17")
    now[0] += times.HOUR
    floor.begin(OTHER)
    now[0] += times.HOUR
    assert floor.guns[1].send(until_then)["receipts"][0]["outcome"] == "posted"
    assert floor.receives(gun=1) == REFUSED
    problem(floor.prove(), "wrong_pin")
    assert floor.prove(OTHER, gun=1).status_code == 201


def test_a_file_that_somebody_carries_in_is_judged_alike(floor: Floor) -> None:
    gun = floor.guns[0]
    scan = gun.scan("receive", location="A-01", barcode="PEN-BOX", operator="OP-17")
    body = {"device": "gun-1", "stream": gun.stream, "made": 1, "scans": [scan]}
    told = floor.boss.client.post("/api/v1/imports/scans", json=body, headers={"Authorization": f"Bearer {floor.boss.token}"})
    assert told.json["rows"][0]["answer"]["receipts"][0]["reason"] == "unproven_operator"


def test_pins_are_hashed_with_a_pepper_that_is_not_in_the_database(floor: Floor, app: Flask) -> None:
    floor.begin()
    path = app.extensions["settings"].data_dir / "pepper"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with reading() as tx:
        kept = tx.execute(text("SELECT hash, pepper FROM pins")).one()
    assert kept.hash.startswith("$argon2id$")
    assert path.read_text() not in str(kept)
    app.extensions.pop("pepper")
    assert pepper.name() == kept.pepper  # read again, not made again
    path.write_text("0" * 64)
    app.extensions.pop("pepper")
    problem(floor.prove(), "pin_needed")  # a lost pepper asks for new PINs; it says nobody's is wrong
    assert floor.row()["pin_since"] is None
    assert floor.begin().status_code == 201


def test_supervisors_see_to_the_people_of_their_own_site_and_not_to_themselves(floor: Floor, app: Flask) -> None:
    with writing() as tx:
        add_site(tx, "NORTH", "Northern site")
    client, north = app.test_client(), key("supervisor", name="Northern", site="NORTH")
    assert client.get("/api/v1/operators", headers=north).json["rows"] == []
    for deed, body in (("code", {}), ("unlocking", {"reason": "x"}), ("removal", {"reason": "x"})):
        problem(client.post(f"/api/v1/operators/{floor.ids['OP-17']}/{deed}", json=body, headers=north), "not_found")
    said = {"name": "Sofia", "badge": "SV-1", "roles": ["supervisor"], "site": "MAIN", "password": "plum stone ladder"}
    sofia = floor.admin.call("POST", "/api/v1/people", said).json["id"]
    signed = client.post("/api/v1/session", json={"name": "Sofia", "password": "plum stone ladder"}).json
    mine = client.post(f"/api/v1/operators/{sofia}/code", json={}, headers={"X-CSRF-Token": signed["csrf"]})
    problem(mine, "forbidden")
    problem(
        Gun(client, device("northern", "NORTH")["Authorization"][7:]).call("POST", "/api/v1/grants", {"badge": "OP-17", "pin": PIN}),
        "not_found",
    )
