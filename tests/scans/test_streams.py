"""Streams: numbers have no gaps, or the gap is shown (I14); ids are held once, whatever their status."""

import threading
import time
import uuid
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from app.db import writing
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


def test_a_stream_used_by_a_second_device_is_a_fork(shop: Shop) -> None:
    shop.gun.do("look", location="A-01")
    shop.other_gun.stream = shop.gun.stream
    answer = shop.other_gun.send(shop.other_gun.scan("look", location="A-01"))
    assert (answer["receipts"][0]["status"], answer["do"]["rotate_stream"], answer["stream"]["held"]) == ("recorded", True, 2)


def test_a_stream_that_two_sites_use_at_once_holds_what_both_sent(shop: Shop, engine: str) -> None:
    """CONTRACT.md: held = distinct ids stored for it. Sites have a journal each, so their recorders don't wait for each other; here one is
    about to commit what it took into the stream when the other begins."""
    g, answers = shop.gun, list[dict[str, Any]]()
    g.do("look", location="A-01")
    later = threading.Thread(target=lambda: answers.append(g.send(g.scan("look", location="A-01"))))
    with writing() as tx:
        tx.execute(text("UPDATE streams SET held = held + 5, highest = 7, made = 7"))
        later.start()
        deadline = time.monotonic() + 10
        while engine == "postgres" and not tx.scalar(text("SELECT COUNT(*) FROM pg_locks WHERE NOT granted")):
            assert time.monotonic() < deadline, "it has to wait for the stream, sooner or later"
    later.join()
    assert (answers[0]["stream"]["held"], answers[0]["stream"]["through"]) == (7, 7)


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
    state = State("s", None)
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
