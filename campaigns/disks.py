"""The disk is full, or can't be written: the server says 503 and loses nothing it acknowledged; when there is room again all drains.

As root the disk is a small one in memory that is really full; else the server's processes are forbidden to let files grow.
"""

import contextlib
import os
import resource
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from campaigns import Outcome, hold, progress
from campaigns.ground import Ground
from campaigns.kills import judge, receive
from campaigns.server import Outbox
from campaigns.writers import Field

SMALL = 6 << 20


@contextlib.contextmanager
def small_disk(at: Path) -> Iterator[Callable[[int], None]]:
    """Mount a disk of 6 MiB; gives a function that makes it bigger."""
    at.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "scanledger", str(at)], check=True, capture_output=True)
    try:
        yield lambda size: subprocess.run(["mount", "-o", f"remount,size={size}", str(at)], check=True, capture_output=True) and None
    finally:
        subprocess.run(["umount", "-l", str(at)], check=True, capture_output=True)


def can_mount(folder: Path) -> bool:
    if os.geteuid() != 0:
        return False
    try:
        with small_disk(folder / "try"):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False


def limit_files(pids: list[int], size: int) -> None:
    """Let no file of these processes grow beyond a size."""
    for pid in pids:
        _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, most))


def full(ground: Ground, number: int) -> Counter[str]:
    """Fill the disk by scanning, until the server refuses; then give it room."""
    folder = ground.folder / f"disk-{number}-{os.getpid()}"
    with contextlib.ExitStack() as stack:
        mounted = can_mount(ground.folder / f"mount-{number}-{os.getpid()}")
        grow = stack.enter_context(small_disk(folder)) if mounted else None
        field = Field(ground, "sqlite", "disk", folder)
        with field.server() as server:
            boxes = [Outbox(server, token, receive) for token in field.tokens[:2]]
            if not mounted:
                limit_files(server.workers(), SMALL)
            facts = fill(field, boxes, 400)
            judge_running(boxes)
            if grow is not None:
                grow(256 << 20)
            else:
                limit_files(server.workers(), resource.RLIM_INFINITY)
            for box in boxes:
                box.drain()
        judge(field, boxes)
    facts["really full"] = int(mounted)
    return facts


def fill(field: Field, boxes: list[Outbox], most: int) -> Counter[str]:
    """Scan until both guns were refused three times in a row; no answer is anything but 200 or 503."""
    facts, refused = Counter[str](), 0
    for _ in range(most):
        for box in boxes:
            for _ in range(100):
                box.scan()
            took = box.sync(500)
            refused = 0 if took else refused + 1
            hold(set(box.refusals) <= {503}, f"a full disk is answered with {box.refusals}")
            hold(box.errors == 0, "a full disk ends a connection without an answer")
        if refused >= 6:
            break
    hold(refused >= 6, "the disk never was full")
    status, told = boxes[0].server.ask("GET", "/healthz")
    hold(status == 200, f"healthz of a full disk: {status} {told}")
    ready = boxes[0].server.ask("GET", "/readyz")[0]
    hold(ready in (200, 503), f"readyz of a full disk: {ready}")
    facts["refused (503)"] = sum(box.refusals.get(503, 0) for box in boxes)
    facts["acknowledged before"] = sum(len(box.acknowledged) for box in boxes)
    return facts


def judge_running(boxes: list[Outbox]) -> None:
    """What was acknowledged can still be read while the disk is full."""
    for box in boxes:
        status, proof = box.server.ask("GET", f"/api/v1/streams/{box.stream}/proof", token=box.token)
        hold(status == 200, f"the proof on a full disk: {status} {proof}")
        hold(proof["held"] >= len(box.acknowledged), f"{len(box.acknowledged)} acknowledged, {proof['held']} held")


def unwritable(ground: Ground, number: int) -> Counter[str]:
    """No byte can be written any more (as on a disk that went read-only), then it can again."""
    field, facts = Field(ground, "sqlite", f"readonly-{number}"), Counter[str]()
    with field.server() as server:
        boxes = [Outbox(server, token, receive) for token in field.tokens[:2]]
        for box in boxes:
            box.scan()
            box.drain()
        limit_files(server.workers(), 0)
        for box in boxes:
            for _ in range(3):
                box.scan()
                hold(not box.sync(), "a scan was acknowledged though nothing can be written")
            hold(set(box.refusals) == {503}, f"a read-only disk is answered with {box.refusals}, {box.errors} without an answer")
            facts["refused (503)"] += box.refusals[503]
        judge_running(boxes)
        limit_files(server.workers(), resource.RLIM_INFINITY)
        for box in boxes:
            box.drain()
    judge(field, boxes)
    return facts


def campaign(ground: Ground, rounds: int) -> Outcome:
    facts = Counter[str]()
    for number in range(rounds):
        progress(number, rounds, "full disks")
        facts += full(ground, number)
        facts += unwritable(ground, number)
    control = optimist(ground)
    return Outcome("full and read-only disks (sqlite)", 2 * rounds, "disks", {"lost": 0, **facts}, control)


def optimist(ground: Ground) -> str:
    """The control: a gun that takes 503 for an answer loses scans, and that is noticed."""
    from campaigns import Broken
    from campaigns.kills import Careless

    field = Field(ground, "sqlite", "optimist")
    with field.server() as server:
        box = Careless(server, field.tokens[0], receive)
        limit_files(server.workers(), 0)
        box.scan()
        box.sync()
    try:
        judge(field, [box])
    except Broken as caught:
        return f"a careless gun: {caught}"
    raise Broken("control: a careless gun lost nothing on a read-only disk")
