"""Fill a database with a million scans that look like real ones: what a server recorded, again and again, further and further back."""

from typing import Any

from bench.places import Bench, Client, Database, serving
from bench.raw import MOVES, SCANS
from bench.traffic import Floor, Gun

STEP = 20 * 60_000
"""Ms that each copy lies before the next."""

_SHIFTED = {"scanned_at", "received_at", "occurred_at", "recorded_at"}


def fill(bench: Bench, database: Database, scans: int, moves: int = 0, base: int = 10_000) -> None:
    """Record `base` scans over HTTP, then copy them until there are `scans`, and their moves until there are `moves` at least.

    The copies of moves cancel each other out in pairs, so that the balances stay true.
    """
    with serving(bench, database) as server, Client(server.port) as client:
        floor, gun = Floor(bench.site(), 7), Gun(bench.tokens[-1], "OP-18")
        for _ in range(max(1, base // 500)):
            client.post("/api/v1/scans", floor.batch(gun, min(500, base)), gun.token)
    copies = -(-max(0, scans - base) // base // 2) * 2
    run = database.connect()
    if database.engine == "postgres":
        run.execute("SET session_replication_role = replica")  # the copies of rows that hold their references hold them too
    first = run.execute("SELECT MIN(journal) FROM scans").fetchone()[0] - 1
    last = run.execute("SELECT value FROM journals WHERE site_id = 1").fetchone()[0]
    made = run.execute(f"SELECT COUNT(*) FROM moves WHERE journal > {first}").fetchone()[0]
    more = max(0, moves - made * (copies + 1)) // made // 2 * 2 + 2 if moves else 0
    for sign in (1, -1):
        _copy(bench, database, run, "scans", SCANS, first, last, copies, sign)
        _copy(bench, database, run, "moves", MOVES, first, last, copies + more, sign)
    run.execute(f"UPDATE journals SET value = {last + (last - first) * (copies + more)} WHERE site_id = 1")
    if database.engine == "sqlite":
        run.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    else:
        run.execute("VACUUM ANALYZE")
        run.execute("CHECKPOINT")
    run.close()


def _copy(bench: Bench, database: Database, run: Any, table: str, columns: Any, first: int, last: int, copies: int, sign: int) -> None:
    """Make every other copy of the rows of a table."""
    if not copies:
        return
    bench.say(f"{database.engine}: {copies // 2} copies of {table}")
    values = ", ".join(_value(database, table, column, first, last, copies, sign) for column in columns)
    join = " JOIN scans s ON s.id = t.scan_id" if table == "moves" else ""
    run.execute("BEGIN")
    run.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {_series(database, copies // 2, 1 if sign == 1 else 2)} "
        f"JOIN {table} t ON t.journal <= {last} AND t.journal > {first}{join} ORDER BY k.n, t.journal"
    )
    run.execute("COMMIT")


def _series(database: Database, number: int, first: int) -> str:
    """Return the numbers first, first + 2, ... as `k (n)`."""
    if database.engine == "postgres":
        return f"(SELECT {first} + 2 * g AS n FROM generate_series(0, {number - 1}) g) k"
    return f"(WITH RECURSIVE g (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM g WHERE i + 1 < {number}) SELECT {first} + 2 * i AS n FROM g) k"


def _value(database: Database, table: str, column: str, first: int, last: int, copies: int, sign: int) -> Any:
    """Return the expression of a column in copy `k.n`."""
    back = f"({copies} + 1 - k.n) * {STEP}"
    if column == "journal":
        return f"t.journal - {first} + {last} + (k.n - 1) * {last - first}"
    if column in _SHIFTED:
        return f"t.{column} - {back}"
    if column in ("id", "scan_id"):
        said, moment = (f"t.{column}", "t.scanned_at" if table == "scans" else "s.scanned_at")
        if database.engine == "postgres":
            return f"(lpad(to_hex({moment} - {back}), 12, '0') || substr(replace({said}::text, '-', ''), 13))::uuid"
        digits = f"printf('%012x', {moment} - {back})"
        return f"substr({digits}, 1, 8) || '-' || substr({digits}, 9) || substr({said}, 14)"
    if sign < 0 and column in ("source_id", "target_id"):
        return f"t.{'target_id' if column == 'source_id' else 'source_id'}"
    return f"t.{column}"
