"""The courier file: what a device could not send arrives as a file, once."""

import hashlib
import json
from typing import Any

from tests.shop import Gun, Shop


def carried(gun: Gun, *lines: Any) -> Any:
    raw = b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
    return gun.client.post(
        "/api/v1/imports/scans", data=raw, content_type="application/x-ndjson", headers={"Authorization": f"Bearer {gun.token}"}
    )


def test_a_courier_file_counts_once_however_often_it_comes(shop: Shop) -> None:
    g, supervisor = shop.gun, shop.person("supervisor")
    scans = [g.scan("receive", location="A-01", barcode="PEN") for _ in range(3)]
    g.send(scans[0])
    lines = [
        {"device": "gun-1", "stream": g.stream, "made": 3, "scans": scans[:2]},
        {"device": "gun-1", "stream": g.stream, "scans": scans[2:]},
    ]
    first = carried(supervisor, *lines).json
    assert (first["recorded"], first["duplicate"], first["rejected"]) == (2, 1, 0)
    assert (carried(supervisor, *lines).json["duplicate"], shop.on_hand("A-01", "PEN")) == (3, 3)
    proof = g.get(f"/api/v1/streams/{g.stream}/proof").json
    assert (proof["held"], int(proof["xor"], 16), proof["missing"], proof["forked"]) == (3, g.xor, [], False)


def test_a_bad_line_never_touches_the_others(shop: Shop) -> None:
    g = shop.gun
    good = {"device": "gun-1", "stream": g.stream, "scans": [g.scan("receive", location="A-01", barcode="PEN")]}
    answer = carried(shop.person("supervisor"), b"nonsense", {"device": "nobody", "scans": [1]}, {"device": "gun-1"}, b"", good)
    assert answer.status_code == 200
    assert [r.get("problem", {}).get("code") for r in answer.json["rows"]] == ["bad_json", "not_found", "bad_envelope", None]
    assert (answer.json["recorded"], answer.json["rejected"], shop.on_hand("A-01", "PEN")) == (1, 3, 1)


def test_a_device_is_named_by_its_name_its_id_or_as_its_claim_was_answered(shop: Shop) -> None:
    supervisor = shop.person("supervisor")
    made = supervisor.call("POST", "/api/v1/enrolments", {"name": "gun-9", "site": "MAIN"}).json
    claimed = shop.gun.client.post("/api/v1/enrolments/claim", json={"code": made["code"]}).json["device"]
    for named in (claimed, claimed["id"], claimed["name"]):
        assert carried(supervisor, {"device": named, "scans": [shop.gun.scan("look", barcode="PEN")]}).json["recorded"] == 1
    assert carried(supervisor, {"device": {"id": [7]}, "scans": [1]}, {"device": {}, "scans": [1]}).json["rejected"] == 2


def test_the_moment_of_import_is_not_taken_for_the_guns_clock(shop: Shop) -> None:
    g = shop.gun
    scan = g.scan("receive", location="A-01", barcode="PEN")
    carried(shop.person("supervisor"), {"device": "gun-1", "stream": g.stream, "sent_at": "2020-01-01T00:00:00Z", "scans": [scan]})
    row = shop.person("auditor").get("/api/v1/scans").json["rows"][0]
    assert row["occurred_at"] == scan["scanned_at"]


def test_only_a_supervisor_carries(shop: Shop) -> None:
    assert carried(shop.gun, {"device": "gun-1", "scans": [1]}).status_code == 403
    assert carried(shop.person("supervisor"), b"").json["code"] == "bad_file"


def test_who_carried_a_file_in_is_in_the_trail_before_what_it_says(shop: Shop) -> None:
    g = shop.gun
    line = json.dumps({"device": "gun-1", "stream": g.stream, "scans": [g.scan("receive", location="A-01", barcode="PEN")]}).encode()
    carried(shop.person("supervisor"), line, b"nonsense")
    (deed,) = shop.person("auditor").get("/api/v1/audit?deed=scans_carried").json["rows"]
    assert (deed["actor"], deed["person"]) == ("key:key-supervisor", "key-supervisor")
    assert deed["after"] == {"lines": 2, "sha256": hashlib.sha256(line + b"\nnonsense").hexdigest()}
    (scan,) = shop.person("auditor").get("/api/v1/scans").json["rows"]
    assert deed["journal"] < scan["journal"]
    carried(shop.person("supervisor"), b"nonsense")
    assert len(shop.person("auditor").get("/api/v1/audit?deed=scans_carried").json["rows"]) == 1, "of which nothing could be taken"
