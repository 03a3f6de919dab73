"""A server whose every field that a stranger can fill holds payloads."""

import uuid
from collections import Counter
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from app import times
from campaigns import hold
from tests.browser.harness import PASSWORD, Server


class Planted:
    """A server whose every field holds payloads; each has a letter behind it, so that one code never means two things."""

    shift = ""
    """What the phone said at the end of its shift."""

    def __init__(self, server: Server, texts: Sequence[str]) -> None:
        self.server, self.texts = server, texts
        self.planted = Counter[str]()
        self.masters()
        self.people()
        self.scans()
        self.count()

    def say(self, what: str, method: str, path: str, body: Any) -> Any:
        self.planted[what] += 1
        return self.server.call(method, path, body)

    def masters(self) -> None:
        for kind, rows in (
            ("products", [
                ["sku", "name", "unit", "tracking", "barcode", "barcode_quantity"],
                *([t, t, "pcs", "none", t + end, quantity] for t in self.texts for end, quantity in (("b", "1"), ("x", "12"))),
            ]),
            ("locations", [["code", "name"], *([t + end, t] for t in self.texts for end in "lm")]),
        ):  # fmt: skip
            file = "\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
            report = self.server.call(
                "POST", f"/api/v1/imports/{kind}?site=MAIN&name={quote(self.texts[0], safe='')}", raw=file.encode(), kind="text/csv"
            )
            hold(report["rejected"] == [], f"refused as {kind}: {report['rejected'][:2]}")
            self.planted[kind] += len(self.texts)
        self.server.call("PUT", "/api/v1/products/LOTS", {"name": self.texts[0], "tracking": "lot", "barcodes": [{"code": "LOTS"}]})
        for number, text in enumerate(self.texts):
            file = f"/api/v1/imports/products?name={quote(text, safe='')}"
            self.server.call("POST", file, raw=b"sku,name\nPLAIN,plain\n", kind="text/csv")
            self.planted["file names"] += 1
            self.say("reasons of holds", "POST", "/api/v1/holds?site=MAIN", {"sku": text, "held": True, "reason": text})
            rule = {"name": text, "kind": "book", "active": False}
            self.say("rules", "PUT", f"/api/v1/count-rules/R{number}?site=MAIN", rule)
        rows = [{"code": text, "name": text, "account": text[:100]} for text in self.texts]
        self.say("reason codes", "PUT", "/api/v1/reason-codes", {"rows": rows})
        self.server.call("PUT", "/api/v1/exports/profiles/P?site=MAIN", {"headers": {"sku": self.texts[0], "location": self.texts[-1]}})

    def people(self) -> None:
        self.tokens = []
        for text in self.texts:
            person = {"name": text, "badge": text + "p", "roles": ["operator", "supervisor"], "site": "MAIN", "password": PASSWORD + "!"}
            self.say("people", "POST", "/api/v1/people", person)
            self.say("keys", "POST", "/api/v1/keys", {"name": text + "key", "roles": ["integration"], "site": "MAIN"})
            offer = self.say("devices", "POST", "/api/v1/enrolments", {"name": text, "site": "MAIN"})
            claimed = self.server.call("POST", "/api/v1/enrolments/claim", {"code": offer["code"]})
            self.device = claimed["device"]["id"]
            self.tokens.append(claimed["token"])

    def scans(self) -> None:
        said: list[dict[str, Any]] = []
        for text in self.texts:
            place = {"location": text + "l", "operator": text + "p"}
            said += [
                {"task": "receive", **place, "barcode": text + "b", "quantity": "3"},
                {"task": "receive", **place, "location": text + "m", "barcode": text + "b", "quantity": "30"},
                {"task": "receive", **place, "barcode": "LOTS", "lot": text},
                {"task": "receive", **place, "barcode": text + "unknown", "operator": text + "nobody"},
                {"task": "receive", "location": text + "nowhere", "barcode": text + "b"},
                {"task": "scrap", **place, "barcode": text + "b", "reason_code": text},
                {"task": text, **place, "barcode": text},
            ]
        _stamp(said, times.HOUR, self.texts[0])
        for start in range(0, len(said), 400):
            self.server.call("POST", "/api/v1/scans", {"scans": said[start : start + 400]})
        self.planted["scans"] += len(said)
        for text, token in zip(self.texts, self.tokens, strict=True):
            one = {"task": "receive", "location": text + "l", "barcode": text + "device", "operator": text + "p"}
            _stamp([one], times.HOUR, text)
            self.server.call("POST", "/api/v1/scans", {"scans": [one]}, token=token)
            self.planted["scans"] += 1

    def count(self) -> None:
        plan = {"locations": [t + "m" for t in self.texts], "site": "MAIN", "twice": True, "blind": False}
        self.server.call("POST", "/api/v1/counts", plan)
        self.code = self.server.call("POST", "/api/v1/counts", {"locations": [t + "l" for t in self.texts], "site": "MAIN"})["code"]
        said = []
        for text in self.texts:
            for barcode, lot in ((text + "b", None), ("LOTS", text), (text + "unknown", None)):
                said.append(
                    {"task": "count", "location": text + "l", "barcode": barcode, "lot": lot, "quantity": "7", "operator": text + "p"}
                )
            said.append({"task": "finish", "location": text + "l", "operator": text + "p"})
        for second, scan in enumerate(said):
            scan |= {"id": str(uuid.uuid4()), "scanned_at": times.wire(times.now() - times.MINUTE * 20 + second * 1000)}
        self.server.call("POST", "/api/v1/scans", {"scans": said})
        lines = self.server.call("GET", f"/api/v1/counts/{self.code}/reconciliation")["lines"]
        notes = [
            {"line": line["line"], "decision": "accept", "reason_code": text, "note": text}
            for line, text in zip(lines, [*self.texts] * 3, strict=False)
        ]
        self.say("notes", "PUT", f"/api/v1/counts/{self.code}/decisions", {"decisions": notes})

    def places(self, boss: str) -> None:
        """Make sites that are payloads, and give whoever is at the console, and one more, roles in them."""
        sites = [text[:100] for text in self.texts[:2]]
        for text in sites:
            self.server.cli("sites", "add", "--", text, text)
            self.planted["sites"] += 1
        there = [{"site": text, "roles": ["auditor"]} for text in sites]
        people = {row["name"]: row["id"] for row in self.server.call("GET", "/api/v1/people?limit=500")["rows"]}
        for name, here in ((boss, ["administrator", "supervisor"]), (self.texts[0], ["operator"])):
            said = {"by_site": [{"site": None, "roles": here}, *there], "reason": self.texts[0]}
            self.say("roles", "PUT", f"/api/v1/people/{people[name]}/roles", said)


def _stamp(scans: list[dict[str, Any]], ago: int, symbology: str) -> None:
    for scan in scans:
        scan |= {"id": str(uuid.uuid4()), "scanned_at": times.wire(times.now() - ago), "symbology": symbology}
