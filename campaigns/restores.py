"""Backup, more scans, everything destroyed, restore: the devices see the new epoch and send again, and nothing is lost or counts twice."""

import shutil

from campaigns import Broken, Outcome, hold, progress
from campaigns.ground import Ground
from campaigns.kills import judge, receive
from campaigns.server import Outbox, Server
from campaigns.writers import Field
from tests.databases import run_sql


def campaign(ground: Ground, engine: str, rounds: int) -> Outcome:
    """The control: guns that don't send again after a new epoch have lost what the backup lacks."""
    sent_again = 0
    control = ""
    for number in range(rounds):
        progress(number, rounds, "restores")
        field = Field(ground, engine, f"restore-{number}")
        server = Server(field.folder, field.url, WEB_CONCURRENCY="1")
        boxes = [Outbox(server, token, receive) for token in field.tokens[:3]]
        try:
            server.start()
            scan(boxes, 40)
            before = epoch(server, boxes[0])
            file = field.folder.with_name(f"{field.folder.name}.backup")
            server.cli("backup", str(file))
            scan(boxes, 25)
            server.kill()
            destroy(field, ground)
            server.cli("restore", str(file))
            try:
                judge(field, boxes)
            except Broken as caught:
                control = f"guns that don't send again: {caught}"
            hold(bool(control), "control: nothing was lost by the restore")
            server.start()
            for box in boxes:
                box.hang_up()
                hold(epoch(server, box) != before, "a restore kept the epoch")
                proof = box.proof()
                hold(proof["held"] < box.made, f"the backup has what was scanned after it: {proof}")
                box.waiting = {**box.acknowledged, **box.waiting}
                sent_again += len(box.waiting)
                box.drain()
                proof = box.proof()
                hold((proof["held"], proof["xor"], proof["missing"]) == (box.made, f"{box.xor:032x}", []), f"{proof}")
            server.end()
        finally:
            server.close()
        judge(field, boxes)
    return Outcome(f"backup, destroy, restore ({engine})", rounds, "restores", {"lost": 0, "scans sent again": sent_again}, control)


def scan(boxes: list[Outbox], scans: int) -> None:
    for box in boxes:
        for _ in range(scans):
            box.scan()
        box.drain()


def epoch(server: Server, box: Outbox) -> str:
    return str(server.ask("GET", f"/api/v1/streams/{box.stream}/proof", token=box.token)[1]["epoch"])


def destroy(field: Field, ground: Ground) -> None:
    """Nothing is left: no database, no data folder."""
    shutil.rmtree(field.folder)
    field.folder.mkdir()
    if field.engine == "postgres":
        name = field.url.rsplit("/", 1)[1] if "?" not in field.url else field.url.split("?")[0].rsplit("/", 1)[1]
        run_sql(ground.server.format("postgres"), f"DROP DATABASE {name} WITH (FORCE)")
        run_sql(ground.server.format("postgres"), f"CREATE DATABASE {name}")
