"""Streams: numbers have no gaps, or the gap is shown (I14); ids are held once, whatever their status."""

import threading
import time
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from app.db import writing
from app.devices.enrolling import enrol
from app.locations.creating import add_site
from app.scans.recording import _SCAN_COLUMNS
from app.scans.streams import State, clock, proof
from tests.shop import Gun, Shop, gun


def test_a_gap_is_shown_and_fills(shop: Shop) -> None:
    g = shop.gun
    one, two, three, four = (g.scan("look", location="A-01") for _ in range(4))
    assert g.send(one, made=1)["stream"]["missing"] == []
    stream = g.send(four, made=4)["stream"]
    assert (stream["through"], stream["missing"], stream["missing_total"], stream["held"]) == (1, [[2, 3]], 2, 2)
    assert g.send(three)["stream"]["missing"] == [[2, 2]]
    stream = g.send(two)["stream"]
    assert (stream["through"], stream["missing"], stream["held"], int(stream["xor"], 16)) == (4, [], 4, g.xor)


def test_what_was_made_but_never_sent_is_missing(shop: Shop) -> None:
    g = shop.gun
    one = g.scan("look", location="A-01")
    stream = g.send(one, made=7)["stream"]
    assert (stream["missing"], stream["missing_total"], stream["through"]) == ([[2, 7]], 6, 1)


def test_the_proof_is_the_same_as_the_answer(shop: Shop) -> None:
    g = shop.gun
    g.scan("look")
    stream = g.send(g.scan("look", location="A-01"))["stream"]
    proof_ = g.get(f"/api/v1/streams/{g.stream.upper()}/proof").json
    assert {k: v for k, v in proof_.items() if k not in ("epoch", "code")} == stream


def test_an_unknown_stream_is_zeros(shop: Shop) -> None:
    answer = shop.gun.get(f"/api/v1/streams/{uuid.uuid4()}/proof").json
    assert (answer["held"], answer["through"], answer["missing"], answer["xor"]) == (0, 0, [], "0" * 32)


def test_a_stream_of_another_device_is_not_shown(shop: Shop) -> None:
    shop.gun.do("look", location="A-01")
    assert shop.other_gun.get(f"/api/v1/streams/{shop.gun.stream}/proof").status_code == 403


def test_the_same_number_with_another_id_is_a_fork_and_both_are_stored(shop: Shop) -> None:
    g = shop.gun
    scan = g.scan("receive", location="A-01", barcode="PEN")
    g.send(scan)
    answer = g.send(scan | {"id": str(uuid.uuid4())})
    assert (answer["receipts"][0]["status"], answer["stream"]["forked"], answer["do"]["rotate_stream"]) == ("recorded", True, True)
    assert (answer["stream"]["held"], shop.on_hand("A-01", "PEN")) == (2, 2)


def northern(shop: Shop) -> Gun:
    """A gun of another site."""
    with writing() as tx:
        _, token = enrol(tx, add_site(tx, "NORTH", "Northern site"), "northern gun")
    return Gun(shop.app.test_client(), token)


def owed(shop: Shop, name: str) -> tuple[int, int, list[Any]]:
    """How many scans the office is told that a device made, and owes, and which."""
    rows = shop.person("supervisor").get("/api/v1/devices?site=MAIN").json["rows"]
    (row,) = [row for row in rows if row["name"] == name]
    one = shop.person("supervisor").get(f"/api/v1/devices/{row['id']}").json
    return row["made"], row["missing_total"], one["missing"]


def test_a_stream_used_by_a_second_device_is_a_fork(shop: Shop) -> None:
    """CONTRACT.md: a stream used by a second device: stored, `forked`, `do.rotate_stream: true`."""
    g, other = shop.gun, shop.other_gun
    g.do("look", location="A-01")
    other.stream = g.stream
    answer = other.send(other.scan("look", location="A-01"))
    assert (answer["receipts"][0]["status"], answer["do"]["rotate_stream"], answer["stream"]["forked"]) == ("recorded", True, True)
    answer = g.send(g.scan("look", location="A-01"))
    assert (answer["do"]["rotate_stream"], answer["stream"]["forked"]) == (True, True)


@pytest.mark.parametrize("elsewhere", [False, True])
def test_who_uses_the_stream_of_another_neither_moves_nor_learns_its_numbers(shop: Shop, elsewhere: bool) -> None:
    g, stranger = shop.gun, northern(shop) if elsewhere else shop.other_gun
    g.send(g.scan("look", location="A-01"), g.scan("look", location="A-01"))
    before = shop.person("supervisor").get(f"/api/v1/streams/{g.stream}/proof").json
    stranger.stream, stranger.skew_ms = g.stream, 40_000_000
    far = stranger.scan("look", location="A-01") | {"seq": 900}
    broken = {**far, "id": str(uuid.uuid4()), "task": None}
    for _ in range(2):
        told = stranger.send(far, broken, made=1000)["stream"]
        assert (told["held"], told["missing_total"], told["forked"]) == (2, 100, True), "what came before its first number is the other's"
    after = shop.person("supervisor").get(f"/api/v1/streams/{g.stream}/proof").json
    assert after == before | {"forked": not elsewhere}
    assert owed(shop, "gun-1") == (2, 0, [])
    assert stranger.get(f"/api/v1/streams/{g.stream}/proof").status_code == 403
    answer = g.send(g.scan("look", location="A-01"))
    assert (answer["stream"]["held"], answer["stream"]["xor"], answer["stream"]["missing"]) == (3, f"{g.xor:032x}", [])
    assert (answer["receipts"][0]["warnings"], answer["do"]["rotate_stream"]) == ([], not elsewhere)


def test_who_uses_the_stream_of_another_voids_nothing_of_theirs(shop: Shop) -> None:
    scan = shop.gun.scan("receive", location="A-01", barcode="PEN")
    shop.gun.send(scan)
    shop.other_gun.stream, shop.other_gun.operator = shop.gun.stream, "OP-9"
    assert shop.other_gun.do("void", voids=scan["id"])["reason"] == "not_yours"
    assert shop.on_hand("A-01", "PEN") == 1


def test_an_outbox_that_was_enrolled_anew_brings_the_rest_and_then_nothing_is_owed(shop: Shop) -> None:
    """The gun made six, and three waited when it was enrolled as another device; one of them had come, and its answer had not. It says the
    XOR of all six, which nobody else knows."""
    g, anew = shop.gun, shop.other_gun
    scans = [g.scan("look", location="A-01") for _ in range(6)]
    g.send(*scans[:3], scans[4])
    assert owed(shop, "gun-1")[1] == 2
    anew.stream, whole = g.stream, {"made": 6, "xor": f"{g.xor:032x}"}
    first = anew.send(scans[3], **whole)["stream"]
    assert (first["missing_total"], owed(shop, "gun-1")[1]) == (2, 2), "the server can't know yet"
    assert anew.send(*scans[4:], **whole | {"xor": "0" * 32})["stream"]["forked"] is True
    assert owed(shop, "gun-1")[1] == 2, "who doesn't know the XOR is somebody else"
    for _ in range(2):
        last = anew.send(*scans[4:], **whole)
        assert (last["stream"]["missing"], last["do"]["rotate_stream"]) == ([], True)
        assert (owed(shop, "gun-1")[1:], owed(shop, "gun-2")[1:]) == ((0, []), (0, []))
    assert [row["forked"] for row in shop.person("supervisor").get("/api/v1/devices?site=MAIN").json["rows"][1]["streams"]] == [False]


def test_a_stream_that_two_sites_begin_at_once_is_two(shop: Shop) -> None:
    """Sites have a journal each, so their recorders don't wait for each other: on PostgreSQL the later finds at its commit whose it is."""
    guns = [shop.gun, northern(shop)]

    def begin(g: Gun) -> None:
        answers.append(g.send(g.scan("look", location="A-01")))

    for _ in range(8):
        guns[1].stream = guns[0].stream = str(uuid.uuid4())
        guns[0].made = guns[1].made = 0
        answers: list[dict[str, Any]] = []
        threads = [threading.Thread(target=begin, args=(g,)) for g in guns]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert [a["receipts"][0]["status"] for a in answers] == ["recorded"] * 2
        assert sorted((a["stream"]["held"], a["stream"]["forked"]) for a in answers) == [(1, False), (1, True)]


@pytest.mark.postgres_only
def test_sites_that_are_sent_the_same_ids_turned_round_never_wait_for_each_other(shop: Shop) -> None:
    """On PostgreSQL each held what the other needed, until one was thrown out a second later. Here another site's recorder has stored the
    first of the ids, in their order, and stores the last one when ours waits for it."""
    g = shop.gun
    g.do("look", location="A-01")
    scans = sorted((g.scan("look", location="A-01") for _ in range(9)), key=lambda scan: scan["id"], reverse=True)
    answers: list[dict[str, Any]] = []
    later = threading.Thread(target=lambda: answers.append(g.send(*scans)))
    columns = ", ".join(_SCAN_COLUMNS)
    store = text(
        f"INSERT INTO scans ({columns}) SELECT {columns.replace(' journal, id,', ' journal + :n, :id,')} FROM scans WHERE journal = :was"
    )
    with writing() as tx:
        was = tx.scalar(text("SELECT MAX(journal) FROM scans"))
        tx.execute(store, {"n": 900, "id": scans[-1]["id"], "was": was})
        later.start()
        deadline = time.monotonic() + 20
        while not tx.scalar(text("SELECT COUNT(*) FROM pg_locks WHERE NOT granted")):
            assert time.monotonic() < deadline, "it has to wait for the first id"
        tx.execute(store, {"n": 901, "id": scans[0]["id"], "was": was})
    later.join(60)
    assert [r["status"] for r in answers[0]["receipts"]] == ["conflict", *["recorded"] * 7, "conflict"]


def test_a_scan_sent_again_through_a_new_stream_is_held_there_too(shop: Shop) -> None:
    g = shop.gun
    scan = g.scan("look", location="A-01")
    g.send(scan)
    g.stream = str(uuid.uuid4())
    for _ in range(2):
        stream = g.send(scan)["stream"]
        assert (stream["held"], int(stream["xor"], 16), stream["forked"]) == (1, g.xor, False)


@given(st.lists(st.integers(1, 30), min_size=1, max_size=60), st.integers(0, 40))
def test_gaps_are_those_of_the_set(seqs: list[int], made: int) -> None:
    state = State("s", 1, None)
    seen: set[int] = set()
    forked = False
    for seq in seqs:
        forked = forked or seq in seen
        seen.add(seq)
        state.hold(str(uuid.uuid4()), seq)
    state.heard(made)
    top = max(*seen, made)
    answer: dict[str, Any] = proof(state, sorted(state.gaps.items()), sum(b - a + 1 for a, b in state.gaps.items()))
    missing = [n for first, last in answer["missing"] for n in range(first, last + 1)]
    assert missing == [n for n in range(1, top + 1) if n not in seen]
    assert answer["missing_total"] == len(missing)
    assert answer["through"] == next(n for n in range(top + 2) if n + 1 not in seen)
    assert (answer["forked"], state.gap_count) == (forked, len(state.gaps))
    assert state.gaps == state.gaps_made


def test_a_clock_takes_the_smallest_difference_and_owns_up_to_the_spread() -> None:
    assert (clock(100, 900, None).offset_ms, clock(100, 900, None).uncertainty_ms) == (100, 2000)
    assert clock(100, 9_100, 100).uncertainty_ms == 9_000
    jumped = clock(-3_600_000, 100, 100)
    assert (jumped.offset_ms, jumped.uncertainty_ms, jumped.changed) == (-3_600_000, 3_600_100, True)


def test_many_devices_with_gaps_are_answered_in_one_transaction(shop: Shop) -> None:
    """Twenty guns, each of which lost its first scan, send at once: each sees its own gap."""
    guns = [gun(shop.app, f"gap {n}") for n in range(20)]
    for g in guns:
        g.scan("look", location="A-01")
    answers: dict[str, dict[str, Any]] = {}

    def send(g: Gun) -> None:
        answers[g.stream] = g.send(g.scan("look", location="A-01"))["stream"]

    threads = [threading.Thread(target=send, args=(g,)) for g in guns]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert {g.stream: (a["missing"], a["held"]) for g in guns for a in [answers[g.stream]]} == {g.stream: ([[1, 1]], 1) for g in guns}
