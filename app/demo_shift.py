"""`make demo-shift`: play one shift over HTTP against the running server, with planted errors, and prove that exactly those are found.

Seven guns play the past two hours as after being offline: receiving, putting away, picking, and a cycle count of one aisle while its
stock moves; batches are resent, a gun crashes before it reads its answer, a pick arrives late, a line that moved under the counter's
hands and a miscounted one are recounted by somebody else. The shift knows what is really on the shelves; the reconciliation must find
the planted errors and nothing else.
"""

import json
import os
import random
import socket
import sys
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app import config, create_app, serving, times
from app.db import db, writing
from app.devices.enrolling import enrol
from app.people.keeping import give_key

Key = tuple[str, str, str]
"""Location, sku, lot."""
SITE = 1
"""The site MAIN, which the demo fills."""
MINUTE = times.MINUTE
BATCH = 40


class Failed(Exception):
    """Why the shift is not proven, in a sentence."""


class Server:
    """The running server, over HTTP."""

    def __init__(self, base: str) -> None:
        self.base = base

    def call(self, token: str, method: str, path: str, body: Any = None) -> Any:
        """Return the JSON of an answer; raises Failed on any problem."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, method=method)  # noqa: S310 - our own loopback address
        request.add_header("Authorization", f"Bearer {token}")
        if data is not None:
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                raw = answer.read()
        except urllib.error.HTTPError as error:
            raise Failed(f"{method} {path}: {error.code} {error.read()[:300].decode(errors='replace')}") from error
        except OSError as error:
            raise Failed(f"No server answers at {self.base} ({error}). Start it with `make run`.") from error
        return json.loads(raw)

    def rows(self, token: str, path: str) -> list[dict[str, Any]]:
        """Return all rows of a list of masters."""
        rows: list[dict[str, Any]] = []
        after: str | None = None
        while True:
            more = "&" if "?" in path else "?"
            url = f"{path}{more}limit=500" + ("" if after is None else "&after=" + quote(after))
            page = self.call(token, "GET", url)
            rows += page["rows"]
            after = page["next"]
            if after is None:
                return rows


@dataclass
class Gun:
    """A simulated gun with its outbox and its own wrong clock."""

    server: Server
    name: str
    token: str
    operator: str
    error_ms: int
    stream: str = field(default_factory=lambda: str(uuid.uuid4()))
    outbox: list[dict[str, Any]] = field(default_factory=list)
    made: int = 0
    xor: int = 0
    sent: int = 0
    duplicates: int = 0
    statuses: dict[str, int] = field(default_factory=dict)

    def scan(self, task: str, at: int, **said: Any) -> str:
        """Make a scan at a true moment and put it into the outbox; return its id."""
        self.made += 1
        scan_id = uuid.uuid4()
        self.xor ^= scan_id.int
        self.outbox.append(
            {
                "id": str(scan_id), "seq": self.made, "task": task, "scanned_at": times.wire(at + self.error_ms), "operator": self.operator,
                "via": "wedge", **{k: v for k, v in said.items() if v not in (None, "")},
            }
        )  # fmt: skip
        return str(scan_id)

    def envelope(self, scans: list[dict[str, Any]]) -> dict[str, Any]:
        """Return a batch as the gun sends it now, by its own clock."""
        return {
            "batch": str(uuid.uuid4()), "stream": self.stream, "made": self.made, "xor": f"{self.xor:032x}",
            "sent_at": times.wire(times.now() + self.error_ms), "scans": scans,
        }  # fmt: skip

    def drain(self, random_: random.Random, resend: float = 0.2) -> None:
        """Send the outbox; now and then a batch goes twice, as after a lost answer."""
        while self.outbox:
            batch = self.outbox[:BATCH]
            for _ in range(2 if random_.random() < resend else 1):
                answer = self.server.call(self.token, "POST", "/api/v1/scans", self.envelope(batch))
                for receipt in answer["receipts"]:
                    self.statuses[receipt["status"]] = self.statuses.get(receipt["status"], 0) + 1
                    if receipt["status"] in ("malformed", "conflict") or receipt["outcome"] == "refused":
                        raise Failed(f"{self.name}: a scan was not understood: {receipt}")
            self.outbox = self.outbox[BATCH:]

    def crash_while_sending(self) -> None:
        """Send the first batch and die before reading the answer; the outbox keeps everything."""
        body = json.dumps(self.envelope(self.outbox[:BATCH])).encode()
        host, _, port = self.server.base.removeprefix("http://").rpartition(":")
        head = (
            f"POST /api/v1/scans HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {self.token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        with socket.create_connection((host.strip("[]"), int(port)), timeout=30) as connection:
            connection.sendall(head.encode() + body)
            connection.recv(1)

    def proven(self) -> bool:
        """Tell whether both sides hold the same scans."""
        proof = self.server.call(self.token, "GET", f"/api/v1/streams/{self.stream}/proof")
        return bool(proof["held"] == self.made and int(proof["xor"], 16) == self.xor and not proof["missing"] and not proof["forked"])


@dataclass
class Shift:
    """What really happens: true stock by location, sku and lot, and the errors that were planted before it began."""

    server: Server
    supervisor: str
    random: random.Random
    guns: dict[str, Gun]
    start: int
    codes: dict[str, str] = field(default_factory=dict)
    truth: dict[Key, int] = field(default_factory=dict)
    planted: dict[Key, int] = field(default_factory=dict)
    aisle: list[str] = field(default_factory=list)
    dock: str = ""

    def say(self, text: str) -> None:
        """Show progress."""
        print(f"  {text}", flush=True)

    def choose_aisle(self) -> None:
        """Take ten bins in which nothing has happened since before the shift and that nobody counts."""
        sites = self.server.rows(self.supervisor, "/api/v1/locations")
        products = self.server.rows(self.supervisor, "/api/v1/products")
        self.codes = {
            p["sku"]: p["barcodes"][0]["code"] for p in products if p["barcodes"] and p["decimals"] == 0 and p["tracking"] != "serial"
        }
        dock = next((row["code"] for row in sites if row["kind"] == "dock"), None)
        if dock is None or not self.codes:
            raise Failed(
                "This is not the demo site: it has no dock or no products. Start an empty database with `make run`, without DEMO=0."
            )
        self.dock = dock
        self.untracked = sorted(p["sku"] for p in products if p["tracking"] == "none" and p["sku"] in self.codes)
        aisles: dict[str, list[str]] = {}
        for row in sites:
            if row["kind"] == "bin" and not row["archived"]:
                aisles.setdefault(row["parent"], []).append(row["code"])
        before = times.wire(self.start - 10 * MINUTE)
        for aisle, bins in sorted(aisles.items()):
            now = self._stock(aisle)
            if len(bins) >= 8 and sum(q >= 12 for q in now.values()) >= 9 and now == self._stock(aisle, f"&at={before}"):
                try:
                    self.count = self.server.call(self.supervisor, "POST", "/api/v1/counts", {"locations": [aisle], "policy": "ask"})
                except Failed as failure:
                    if "already_counting" in str(failure):
                        continue
                    raise
                self.aisle, self.truth = sorted(bins), {k: q for k, q in now.items() if k[1] in self.codes}
                if len(self.truth) != len(now):
                    self.server.call(
                        self.supervisor, "POST", f"/api/v1/counts/{self.count['code']}/cancellation", {"reason": "another aisle"}
                    )
                    continue
                self.say(f"count {self.count['code']} is planned over {len(bins)} bins of {aisle}, {len(now)} lines in the book")
                return
        raise Failed("No aisle was quiet for two hours. Start from a fresh demo site (another DATA_DIR), or come back later.")

    def _stock(self, place: str, more: str = "") -> dict[Key, int]:
        rows = self.server.rows(self.supervisor, f"/api/v1/stock?location={quote(place)}{more}")
        return {(r["location"], r["sku"], r["lot"]): int(float(r["quantity"])) for r in rows}

    def plant(self) -> None:
        """Make the shelves differ from the book, before anybody scans."""
        lines = sorted(k for k, q in self.truth.items() if q >= 12)
        self.random.shuffle(lines)
        missing, extra, short, gone = lines[:4]
        for key, change in ((missing, -3), (extra, 2), (short, -1), (gone, -self.truth[gone])):
            self._plant(key, change)
        here = {(k[0], k[1]) for k in self.truth}
        for bin_ in self.random.sample(self.aisle, 2):
            sku = next(s for s in self.random.sample(self.untracked, len(self.untracked)) if (bin_, s) not in here)
            self._plant((bin_, sku, ""), self.random.choice((1, 4)))
        self.under_hands, *others = lines[4:]
        self.miscounted = next(key for key in others if key[0] != self.under_hands[0])
        self.busy = [key for key in others if key != self.miscounted]
        self.say(
            f"{len(self.planted)} errors are planted: " + ", ".join(f"{k[1]} in {k[0]} {v:+d}" for k, v in sorted(self.planted.items()))
        )

    def _plant(self, key: Key, change: int) -> None:
        self.planted[key] = change
        self.truth[key] = self.truth.get(key, 0) + change

    def move(self, gun: str, task: str, at: int, place: str, sku: str, lot: str, quantity: int, target: str | None = None) -> None:
        """Move stock in truth and by scan."""
        change = {"receive": quantity, "return": quantity}.get(task, -quantity)
        for where, delta in ((place, change), (target, quantity)):
            if where is not None and where in self.aisle:
                self.truth[where, sku, lot] = self.truth.get((where, sku, lot), 0) + delta
        self.guns[gun].scan(task, at, location=place, target=target, barcode=self.codes[sku], lot=lot, quantity=str(quantity))

    def work(self, since: int, until: int, busy: Iterable[Key]) -> int:
        """Receive, put away, pick, return and scrap at quiet lines between two moments; return how many scans that took."""
        made = 0
        keys = sorted(busy)
        for step, at in enumerate(range(since, until, MINUTE)):
            bin_, sku, lot = self.random.choice(keys)
            if step % 4 == 0:
                self.move("receiver", "receive", at, self.dock, sku, lot, 6)
                self.move("runner", "move", at + 20_000, self.dock, sku, lot, 6, target=bin_)
                made += 2
            elif step % 4 == 3:
                self.move("runner", "return", at, bin_, sku, lot, 1)
                made += 1
            elif self.truth[bin_, sku, lot] > 4:
                self.move(self.random.choice(("picker", "second picker")), "pick", at, bin_, sku, lot, self.random.randint(1, 2))
                made += 1
        return made

    def count_bin(self, gun: str, sheet: str, bin_: str, at: int, wrong: Mapping[Key, int]) -> int:
        """Count what is really in a bin, some of it piece by piece; return the moment after the finish."""
        lines = sorted((k, q) for k, q in self.truth.items() if k[0] == bin_ and q > 0)
        self.random.shuffle(lines)
        counter = self.guns[gun]
        for (_, sku, lot), quantity in lines:
            told = quantity + wrong.get((bin_, sku, lot), 0)
            pieces = [told - 2, 1, 1] if told > 5 and self.random.random() < 0.4 else [told]
            for piece in pieces:
                counter.scan("count", at, location=bin_, sheet=sheet, barcode=self.codes[sku], lot=lot, quantity=str(piece))
                at += 3_000
        if lines:
            counter.scan("finish", at, sheet=sheet, location=bin_, complete=True)
        else:
            counter.scan("empty", at, sheet=sheet, location=bin_)
        return at + 15_000

    def play(self) -> None:
        """Play the two hours, hour by hour, and let the guns drain."""
        under_hands, miscounted, busy = self.under_hands, self.miscounted, self.busy
        made = self.work(self.start, self.start + 50 * MINUTE, busy)
        # The late pick: made before the count by a gun whose battery then died.
        late_bin, late_sku, late_lot = busy[0]
        self.move("late gun", "pick", self.start + 52 * MINUTE, late_bin, late_sku, late_lot, 1)
        self.say(f"first hour: {made} scans of goods in and out, and one pick by a gun that goes dark")
        sheets = {s["location"]: s["code"] for s in self.count["sheets"]}
        at = {"counter": self.start + 60 * MINUTE, "second counter": self.start + 60 * MINUTE}
        self.who: dict[str, str] = {}
        for number, bin_ in enumerate(self.aisle):
            gun = ("counter", "second counter")[number % 2]
            self.who[bin_] = gun
            if bin_ == under_hands[0]:
                at[gun] = self._count_while_it_moves(gun, sheets[bin_], under_hands, at[gun])
            else:
                at[gun] = self.count_bin(gun, sheets[bin_], bin_, at[gun], {miscounted: 5})
        end = max(at.values()) + 5 * MINUTE
        made = self.work(end, max(end, self.start + 115 * MINUTE), busy)
        self.say(f"second hour: {len(self.aisle)} bins counted, one of them while stock moved, one line miscounted; {made} more scans")

    def _count_while_it_moves(self, gun: str, sheet: str, key: Key, at: int) -> int:
        """Count a bin piece by piece while a picker takes one of the product being counted."""
        bin_, sku, lot = key
        counter = self.guns[gun]
        counter.scan("count", at, location=bin_, sheet=sheet, barcode=self.codes[sku], lot=lot, quantity=str(self.truth[key] - 1))
        self.move("picker", "pick", at + 20_000, bin_, sku, lot, 1)
        counter.scan("count", at + 40_000, location=bin_, sheet=sheet, barcode=self.codes[sku], lot=lot, quantity="1")
        others = [(k, q) for k, q in self.truth.items() if k[0] == bin_ and k != key and q > 0]
        for (_, other, other_lot), quantity in others:
            counter.scan("count", at + 44_000, location=bin_, sheet=sheet, barcode=self.codes[other], lot=other_lot, quantity=str(quantity))
        counter.scan("finish", at + 50_000, sheet=sheet, location=bin_, complete=True)
        return at + 65_000

    def drain(self) -> None:
        """Let all guns but the late one send; one crashes in the middle and starts again."""
        for name, gun in self.guns.items():
            if name == "late gun":
                continue
            if name == "picker":
                gun.crash_while_sending()
                self.say("the picker's gun crashed before it read its answer; it sends everything again")
            gun.drain(self.random)
            self.say(f"{name}: {gun.made} made, {gun.made} sent, answers {gun.statuses}")
        self.guns["late gun"].drain(self.random, resend=1)
        self.say("the late gun found a charger: its pick arrives after the count, with its own time")

    def recount(self) -> None:
        """Order recounts of what differs without an error being planted, by somebody else."""
        lines = {(r["location"], r["sku"], r["lot"] or ""): r for r in self.reconciliation()["lines"]}
        for key in (self.under_hands, self.miscounted):
            row = lines[key]
            if row["state"] not in ("moved", "outside"):
                raise Failed(f"{key[1]} in {key[0]} should have called for a recount, but is {row['state']}.")
            gun = {"counter": "second counter", "second counter": "counter"}[self.who[key[0]]]
            body = {"lines": [row["line"]], "operator": self.guns[gun].operator}
            count = self.server.call(self.supervisor, "POST", f"/api/v1/counts/{self.count['code']}/sheets", body)
            sheet = next(s["code"] for s in count["sheets"] if s["location"] == key[0] and s["status"] == "open")
            at = times.now() - 60_000
            self.guns[gun].scan(
                "count", at, location=key[0], sheet=sheet, barcode=self.codes[key[1]], lot=key[2], quantity=str(self.truth[key])
            )
            self.guns[gun].scan("finish", at + 10_000, sheet=sheet, location=key[0], complete=True)
            self.guns[gun].drain(self.random)
            self.say(f"recount of {key[1]} in {key[0]} ({row['state']}, variance {row['variance']}) by {gun}")

    def reconciliation(self) -> Any:
        """Return the reconciliation."""
        return self.server.call(self.supervisor, "GET", f"/api/v1/counts/{self.count['code']}/reconciliation")

    def judge(self) -> Any:
        """Compare what the reconciliation finds with what was planted."""
        found = self.reconciliation()
        off = {(r["location"], r["sku"], r["lot"] or ""): r["variance"] for r in found["lines"] if r["state"] not in ("equal", "empty")}
        wanted = {key: str(change) for key, change in self.planted.items()}
        if off != wanted:
            more, less = {k: v for k, v in off.items() if wanted.get(k) != v}, {k: v for k, v in wanted.items() if off.get(k) != v}
            raise Failed(f"The reconciliation found {more} where {less} was planted.")
        self.say(f"the reconciliation has {len(found['lines'])} lines and finds exactly the {len(wanted)} planted errors")
        return found

    def approve(self, found: Any) -> None:
        """Accept what differs, post, and compare the ledger with the shelves."""
        decisions = [
            {"line": r["line"], "decision": "accept", "reason_code": "demo_shift", "note": "planted"}
            for r in found["lines"]
            if r["decision"] is None
        ]
        path = f"/api/v1/counts/{self.count['code']}/reconciliation"
        posted = self.server.call(self.supervisor, "POST", path, {"hash": found["hash"], "decisions": decisions})
        again = self.server.call(self.supervisor, "POST", path, {"hash": found["hash"], "decisions": decisions})
        if posted["status"] != "posted" or again["lines"] != posted["lines"]:
            raise Failed("The approval did not post, or a second click changed something.")
        book = {k: q for bin_ in self.aisle for k, q in self._stock(bin_).items()}
        shelves = {k: q for k, q in self.truth.items() if q}
        if book != shelves:
            raise Failed(
                f"The book says {set(book.items()) - set(shelves.items())}, the shelves hold {set(shelves.items()) - set(book.items())}."
            )
        self.say(f"approved and posted; the book now equals the shelves in all {len(shelves)} lines")

    def prove(self) -> None:
        """Hold every gun to its proof."""
        for name, gun in self.guns.items():
            if not gun.proven():
                raise Failed(f"{name}: the proofs disagree.")
        self.say("every gun: made = held on the server, nothing missing: " + ", ".join(f"{n} {g.made}" for n, g in self.guns.items()))


def main() -> int:
    """Play the shift; return 0 when exactly the planted errors were found."""
    host, port = os.environ.get("HOST", "127.0.0.1"), os.environ.get("PORT", "8000")
    server = Server(os.environ.get("BASE_URL") or "http://" + serving.address("127.0.0.1" if host in ("0.0.0.0", "") else host, port))  # noqa: S104
    run = uuid.uuid4().hex[:4]
    seed = int(os.environ.get("SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
    print(f"ScanLedger demo shift against {server.base}, seed {seed}", flush=True)
    names = {
        "receiver": ("OP-17", 0), "runner": ("OP-18", 1_700), "picker": ("OP-17", -3_600_000), "second picker": ("OP-18", 95_000),
        "counter": ("OP-17", 4_000), "second counter": ("OP-18", -42_000), "late gun": ("OP-17", 86_400_000),
    }  # fmt: skip
    try:
        app = create_app()
        with app.app_context():
            try:
                with writing() as tx:
                    supervisor = give_key(tx, "Demo shift supervisor", ["supervisor", "accountant"], SITE)
                    several = bool(tx.scalar(text("SELECT COUNT(*) > 1 FROM sites")))
                    tokens = {name: enrol(tx, SITE, f"demo {run} {name}")[1] for name in names}
            finally:
                db.engine.dispose()
        guns = {name: Gun(server, name, tokens[name], operator, error) for name, (operator, error) in names.items()}
        played = random.Random(seed)  # noqa: S311 - a shift to be played again, no secret
        shift = Shift(server, supervisor, played, guns, times.now() - 120 * MINUTE)
        shift.choose_aisle()
        shift.plant()
        shift.play()
        shift.drain()
        shift.recount()
        found = shift.judge()
        shift.approve(found)
        shift.prove()
    except config.BadSetting as wrong:
        print(f"FAILED: {wrong}", file=sys.stderr)
        return 1
    except SQLAlchemyError as error:
        print(f"The database can't be used ({type(error).__name__}). Start the server once with `make run`.", file=sys.stderr)
        return 1
    except Failed as failure:
        print(f"FAILED: {failure}", file=sys.stderr)
        return 1
    file = f"/api/v1/exports/reconciliation.csv?count={shift.count['code']}{'&site=MAIN' if several else ''}"
    print(f"The shift is proven. Its reconciliation: {server.base}{file}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
