"""What never changes is sealed: whatever is done to it by who owns the database is found, and the untouched passes."""

import contextlib
import json
import re
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, LargeBinary, Table, event, text

from app import create_app, instance, times
from app.db import db, insert_many, is_sqlite, reading, writing
from app.seals import checkpoints, exporting, keeping_up, rows, sealing, verify
from app.seals.verify import Checkpoint
from tests.conftest import settings_for
from tests.counts.test_counting import MINUTE, approve, counted, decision
from tests.databases import Databases
from tests.shop import Shop, gun
from tests.test_never_changed import happened

pytestmark = pytest.mark.as_owner
SEALED = [table.name for table in rows.FORMATS[rows.NEWEST]]
LEFT_OUT = {"seals": "they seal, and each names the hash of the one before"}


def shift(shop: Shop) -> Shop:
    """Something of everything that is sealed has happened."""
    happened(shop, shop.other_gun)
    counted(shop, times.now() - 120 * MINUTE)
    assert approve(shop, "K1", decision(shop, "K1", "PEN", "accept", reason_code="miscount")).status_code == 200
    assert shop.person("supervisor").call("POST", "/api/v1/counts/K1/reversal", {"reason": "it was a box"}).status_code == 200
    return shop


@pytest.fixture
def sealed(shop: Shop) -> Shop:
    """A shift in several seals."""
    shop.gun.do("receive", location="A-02", barcode="INK-1")
    sealing.seal_all()
    shift(shop)
    sealing.seal_all()
    shop.gun.send(*[shop.gun.scan("pick", location="A-01", barcode="PEN") for _ in range(5)])
    sealing.seal_all()
    return shop


def found(tx: Connection, *given: Checkpoint | None, restored: tuple[str, ...] = (), site_id: int = 1) -> verify.Report:
    return verify.check(exporting.single(exporting.lines(tx, site_id)), [one for one in given if one], restored)


def last(site_id: int = 1) -> Checkpoint:
    with reading() as tx:
        return checkpoints.last(tx, site_id)


@contextlib.contextmanager
def owning() -> Iterator[Connection]:
    """Give what the database's owner can do: nothing holds the rows. All of it is taken back at the end."""
    with db.engine.connect().execution_options(writing=True) as tx:
        all_of_it = tx.begin()
        if is_sqlite(tx):
            tx.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
            tx.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
            for name in tx.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
                tx.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            tx.exec_driver_sql("SET LOCAL session_replication_role = replica")
            checks = text("SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype = 'c' AND conrelid <> 0")
            for table, name in tx.execute(checks).all():
                tx.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        try:
            yield tx
        finally:
            all_of_it.rollback()
            tx.invalidate()


def other(value: Any, column: Any) -> Any:
    """Return another value for a column."""
    if isinstance(value, bytes) or isinstance(column.type, LargeBinary):
        return bytes(16) if value != bytes(16) else bytes(15) + b"\1"
    if re.fullmatch("[0-9a-f-]{36}", str(value)) or column.type.compile(db.engine.dialect).upper() in ("UUID", "VARCHAR(36)"):
        return str(uuid.uuid4())
    if isinstance(value, str) or "CHAR" in column.type.compile(db.engine.dialect) or "TEXT" in column.type.compile(db.engine.dialect):
        return (value or "")[1:] or "x"
    return 7 if value is None else value + 1_000_003


def kept(tx: Connection, name: str) -> tuple[Table, dict[str, Any]]:
    """Return a table and its first row."""
    table = db.metadata.tables[name]
    row = tx.execute(table.select().order_by(*table.primary_key.columns)).mappings().first()
    assert row is not None, f"nothing has happened to {name}"
    return table, dict(row)


def is_it(table: Table, row: dict[str, Any]) -> Any:
    return [column == row[column.name] for column in table.primary_key.columns]


def test_every_row_that_never_changes_is_sealed(app: Flask) -> None:
    with reading() as tx:
        held = (
            "SELECT DISTINCT tbl_name FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%never changed or deleted%'"
            if is_sqlite(tx)
            else "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE tgfoid = 'never_changed'::regproc"
        )
        assert set(tx.scalars(text(held))) == {*SEALED, *LEFT_OUT}


@pytest.mark.usefixtures("sqlite_template")  # the models are there when an app has been made
@pytest.mark.parametrize("table", rows.FORMATS[rows.NEWEST], ids=lambda table: table.name)
def test_the_newest_format_has_all_columns(table: rows.Table) -> None:
    """Whoever adds a column makes a new format: what was sealed stays as it was."""
    there = {column.name for column in db.metadata.tables[table.name].columns}
    assert set(table.columns) == there | {"site_id", "journal"}
    for column in db.metadata.tables[table.name].columns:
        shape = str(column.type)
        kind = (
            rows.BYTES
            if shape == "BLOB"
            else rows.UUID
            if shape == "VARCHAR(36)"
            else rows.TEXT
            if "CHAR" in shape or shape == "TEXT"
            else rows.NUMBER
        )
        assert table.columns[column.name] in ((kind, rows.WORD) if kind == rows.TEXT else (kind,)), (column.name, shape)


def test_what_nobody_touched_passes(sealed: Shop) -> None:
    given = last()
    sealed.gun.do("receive", location="A-02", barcode="INK-1")
    with reading() as tx:
        report = found(tx, given)
        assert (report.wrong, report.held, report.seals) == ([], given.upto, 3)
        assert report.notes == [f"Journal {given.upto + 1} to {given.upto + 2} isn't sealed yet, and not in this export."]
        total = sum(tx.scalar(text(f"SELECT count(*) FROM {name}{'' if name == 'lines' else ' WHERE site_id = 1'}")) for name in SEALED)
        assert report.rows == total - 2
        assert found(tx, last(0), site_id=0).wrong == []
    assert sealing.seal_all() == 1
    assert sealing.seal_all() == 0
    with reading() as tx:
        assert (found(tx, given, last()).wrong, found(tx).notes) == ([], [])


def test_a_change_of_any_column_is_found(sealed: Shop) -> None:
    with owning() as tx:
        for name in SEALED:
            table, row = kept(tx, name)
            for column in table.columns:
                this = tx.begin_nested()
                tx.execute(table.update().where(*is_it(table, row)).values({column.name: other(row[column.name], column)}))
                assert [found(tx, site_id=site).wrong for site in (0, 1)] != [[], []], f"{name}.{column.name}"
                this.rollback()
        assert found(tx).wrong == []


def test_a_row_that_is_deleted_is_found(sealed: Shop) -> None:
    with owning() as tx:
        for name in SEALED:
            table, row = kept(tx, name)
            this = tx.begin_nested()
            tx.execute(table.delete().where(*is_it(table, row)))
            wrong = found(tx, site_id=row.get("site_id", 1)).wrong
            assert any("fewer than were sealed" in one for one in wrong), (name, wrong)
            this.rollback()


@pytest.mark.parametrize("number", ["between", "below"])
def test_a_row_that_is_inserted_is_found(sealed: Shop, number: str) -> None:
    with owning() as tx:
        table, row = kept(tx, "moves")
        free = 5 if number == "between" else 0
        tx.execute(table.insert().values(row | {"journal": free, "reverses": None, "kind": "scan", "quantity": 1_000}))
        assert found(tx).wrong == [f"Seal 1 (journal 1 to {first(tx)}) has 5 rows, 1 more than were sealed."]


def first(tx: Connection) -> int:
    return int(tx.scalar(text("SELECT upto FROM seals WHERE site_id = 1 AND number = 1")))


def test_rows_that_change_places_are_found(sealed: Shop) -> None:
    with owning() as tx:
        one, two = tx.scalars(text("SELECT journal FROM scans WHERE site_id = 1 ORDER BY journal DESC LIMIT 2"))
        for number, to in ((one, -1), (two, one), (-1, two)):
            tx.execute(text("UPDATE scans SET journal = :to WHERE site_id = 1 AND journal = :n"), {"to": to, "n": number})
        (wrong,) = found(tx).wrong
        assert wrong.startswith("Seal 3 ")
        assert wrong.endswith("has rows that aren't as they were sealed: a value or the order was changed.")


def cut(tx: Connection, after: int) -> None:
    """Cut the tail: the database is as it was when the seal `after` was its last, which is also what an older copy of it is."""
    upto = tx.scalar(text("SELECT upto FROM seals WHERE site_id = 1 AND number = :n"), {"n": after})
    tx.execute(text("DELETE FROM seals WHERE site_id = 1 AND number > :n"), {"n": after})
    for name in SEALED:
        if name not in ("lines", "assertions"):
            tx.execute(text(f"DELETE FROM {name} WHERE site_id = 1 AND journal > :upto"), {"upto": upto})
    tx.execute(text("UPDATE journals SET value = :upto WHERE site_id = 1"), {"upto": upto})


def test_a_tail_that_is_cut_is_found_by_a_checkpoint_that_left(sealed: Shop) -> None:
    given = last()
    with owning() as tx:
        cut(tx, 2)
        assert found(tx).wrong == [], "nothing in the database can tell, and nothing claims to"
        assert found(tx, given, given).wrong == [
            f"The server gave away the checkpoint of seal 3 (up to journal {given.upto}), but the chain ends at seal 2: "
            "its tail was cut, or an older copy was put back."
        ]
        tx.execute(text("DELETE FROM scans WHERE site_id = 1 AND journal > :n"), {"n": first(tx)})
        assert found(tx).wrong != []


def test_a_journal_that_is_set_back_is_found(sealed: Shop) -> None:
    upto = last().upto
    with owning() as tx:
        tx.execute(text("UPDATE journals SET value = 3 WHERE site_id = 1"))
        assert found(tx).wrong == [f"The journal stands at 3, but was sealed up to {upto}: it was set back."]


@pytest.mark.parametrize(
    ("deed", "told"),
    [
        ("UPDATE seals SET rows = rows + 1 WHERE site_id = 1 AND number = 2", "was changed itself"),
        ("UPDATE seals SET epoch = '00000000-0000-0000-0000-000000000000' WHERE site_id = 1 AND number = 3", "was changed itself"),
        ("DELETE FROM seals WHERE site_id = 1 AND number = 2", "seals are missing"),
        ("DELETE FROM seals WHERE site_id = 1 AND number = 1", "seals are missing"),
    ],
)
def test_a_seal_that_is_changed_or_missing_is_found(sealed: Shop, deed: str, told: str) -> None:
    with owning() as tx:
        tx.execute(text(deed))
        assert any(told in one for one in found(tx).wrong)


def seal_other_rows(tx: Connection, upto: int) -> None:
    """Change a move and seal all of it anew, in three seals, as whoever owns the database can."""
    table, row = kept(tx, "moves")
    tx.execute(table.update().where(*is_it(table, row)).values(quantity=row["quantity"] + 1))
    tx.execute(text("DELETE FROM seals WHERE site_id = 1"))
    for end in (10, 20, upto):
        tx.execute(text(sealing._STORE), sealing._next(tx, checkpoints.last(tx, 1), end))


def test_a_chain_that_is_sealed_anew_is_found_by_a_checkpoint_that_left(sealed: Shop) -> None:
    """Who owns the database and knows this program can seal other rows as well as these: a chain alone proves nothing."""
    given = last()
    with owning() as tx:
        seal_other_rows(tx, given.upto)
        assert found(tx).wrong == []
        assert found(tx, given).wrong == [
            f"The server gave away the checkpoint of seal 3 (up to journal {given.upto}), but another seal has number 3 now."
        ]


def test_after_a_restore_the_checkpoints_of_before_tell_until_it_is_known(sealed: Shop, tmp_path: Path) -> None:
    """A restore is an older backup put back, by the right command: the chain goes on in a new epoch, and an old checkpoint says so."""
    run = sealed.app.test_cli_runner()
    held = last()
    assert run.invoke(args=["backup", str(tmp_path / "kept")]).exit_code == 0
    sealed.gun.do("receive", location="A-02", barcode="INK-1")
    sealing.seal_all()
    lost = last()
    assert run.invoke(args=["restore", str(tmp_path / "kept")]).exit_code == 0
    with reading() as tx:
        epoch = instance.epoch(tx)
    for sealed_since in (False, True):
        if sealed_since:
            gun(sealed.app, "gun-3").do("receive", location="A-02", barcode="INK-1")
            sealing.seal_all()
            assert (last().number, last().epoch) == (lost.number, epoch)
        with reading() as tx:
            assert found(tx, held).wrong == []
            (wrong,) = found(tx, held, lost).wrong
            assert wrong.endswith(f"If that restore is known, and was allowed, say --restored {epoch}.")
            known = found(tx, held, lost, restored=(epoch,))
            assert (known.wrong, known.held) == ([], held.upto)
            assert any("is not in this database" in note for note in known.notes)
            assert found(tx, last(), lost, restored=(held.epoch,)).wrong != [], "another epoch explains nothing"


def test_a_restore_excuses_no_chain_that_was_sealed_anew_from_before_its_backup(sealed: Shop, tmp_path: Path) -> None:
    """Who owns the database rewrites what the backup had, and seals it anew in the epoch of a restore that everybody knows of. A chain can't
    tell when the backup was made, so that is said; who knows the newest seal of the backup says it, and then nothing up to it is excused."""
    run = sealed.app.test_cli_runner()
    kept_by_an_auditor = last()
    assert run.invoke(args=["backup", str(tmp_path / "kept")]).exit_code == 0
    assert run.invoke(args=["restore", str(tmp_path / "kept")]).exit_code == 0
    with reading() as tx:
        epoch = instance.epoch(tx)
    with owning() as tx:
        seal_other_rows(tx, kept_by_an_auditor.upto)
        assert found(tx).wrong == []
        (note,) = (one for one in found(tx, kept_by_an_auditor, restored=(epoch,)).notes if "restore" in one)
        assert "By this chain the backup ended with seal 0 or before:" in note
        (wrong,) = found(tx, kept_by_an_auditor, restored=(f"{epoch}:3",)).wrong
        assert wrong.endswith("The backup had it, you say; by this chain it ended with seal 0 or before: that was sealed anew.")
        assert found(tx, kept_by_an_auditor, restored=(f"{epoch}:2",)).wrong == []


def test_only_tables_with_rows_in_the_range_are_asked(shop: Shop) -> None:
    """Planning a query of twenty columns costs as much as many rows, and scans and moves are nearly all there is."""
    sealing.seal_all()
    with reading() as tx:
        before = checkpoints.last(tx, 1).upto
    shop.gun.send(*[shop.gun.scan("receive", location="A-01", barcode="PEN") for _ in range(5)])
    asked: list[str] = []
    with reading() as tx:
        event.listen(tx, "before_cursor_execute", lambda _c, _d, statement, *_: asked.append(statement))
        told = list(sealing.texts(tx, rows.NEWEST, 1, before + 1, before + 10))
    assert [number for number, _ in told] == [5, 5]
    assert len(asked) == 3


def test_sealers_race_with_writers_and_each_other(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "MOST", 7)
    monkeypatch.setattr(sealing, "PAGE", 3)
    writing_on = threading.Event()

    def write(number: int) -> None:
        with shop.app.app_context():
            mine = gun(shop.app, f"gun of {number}")
            for _ in range(12):
                mine.send(*[mine.scan("receive", location="A-01", barcode="PEN") for _ in range(3)])

    def seal() -> None:
        with shop.app.app_context():
            while not writing_on.is_set():
                sealing.seal_all()

    writers = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    sealers = [threading.Thread(target=seal) for _ in range(2)]
    for thread in (*writers, *sealers):
        thread.start()
    for thread in writers:
        thread.join()
    writing_on.set()
    for thread in sealers:
        thread.join()
    sealing.seal_all()
    with reading() as tx:
        report = found(tx, last())
        scans = tx.scalar(text("SELECT count(*) FROM scans"))
    assert (report.wrong, scans) == ([], 3 * 12 * 3)
    assert report.rows >= 2 * scans
    assert report.seals > 10


def test_a_server_seals_what_is_committed_by_itself_and_gives_the_checkpoint_away(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping_up, "EVERY_S", 0.01)
    first = shop.gun.send(shop.gun.scan("receive", location="A-01", barcode="PEN"))
    assert first["checkpoint"] is None
    stop = keeping_up.start(shop.app)
    try:
        until = time.monotonic() + 20
        while last().upto < first["journal"] and time.monotonic() < until:
            time.sleep(0.02)
    finally:
        stop()
    (given,) = verify.checkpoints(shop.gun.send(shop.gun.scan("look", location="A-01"))["checkpoint"])
    assert given.upto >= first["journal"]
    with reading() as tx:
        assert found(tx, given).wrong == []


ANY = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)
ODD = st.text(st.sampled_from("\x01\x08\t\n\x0b\x0c\r\x1b\x1d\x1f\"\\/'\x7f\x80\u2028\u2029\ufeffé\U0001f600 a"), max_size=20)
SAID = ANY | ODD
NUMBERS = st.integers(-(2**63), 2**63 - 1)
DEEDS = st.lists(st.tuples(NUMBERS, SAID.filter(bool), SAID, st.none() | SAID, st.none() | SAID, SAID), min_size=1, max_size=5)
MALFORMED = st.lists(
    st.tuples(st.binary(min_size=16, max_size=16), st.none() | st.uuids(), SAID, NUMBERS), max_size=3, unique_by=lambda r: r[0]
)


@pytest.fixture(scope="module")
def both(sqlite_template: Path, postgres_databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, Flask]]:
    folder = tmp_path_factory.mktemp("both")
    (folder / "scanledger.db").write_bytes(sqlite_template.read_bytes())
    name = postgres_databases.take()
    apps = [
        create_app(settings_for(url, folder)) for url in (f"sqlite:///{folder / 'scanledger.db'}", postgres_databases.server.format(name))
    ]
    yield apps[0], apps[1]
    for app in apps:
        with app.app_context():
            db.engine.dispose()
    postgres_databases.give_back(name)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(deeds=DEEDS, malformed=MALFORMED)
def test_any_row_is_the_same_text_on_both_engines(both: tuple[Flask, Flask], deeds: Any, malformed: Any) -> None:
    told = []
    for app in both:
        with app.app_context(), contextlib.suppress(_Undone), writing() as tx:
            insert_many(
                tx, "audit", ("site_id", "journal", "at", "deed", "subject", "actor", "before", "after", "reason"),
                [(1, number, at, deed[:50], subject, "x", before, after, why) for number, (at, deed, subject, before, after, why) in enumerate(deeds, 10)],
            )  # fmt: skip
            insert_many(
                tx, "malformed", ("site_id", "hash", "journal", "stream_id", "reason", "detail", "said", "received_at"),
                [(1, sha, n, stream and str(stream), "x", said, said, at) for n, (sha, stream, said, at) in enumerate(malformed, 20)],
            )  # fmt: skip
            told.append(list(sealing.texts(tx, rows.NEWEST, 1, 1, 100)))
            raise _Undone
    assert told[0] == told[1]
    lines = [json.loads(line) for _, page in told[0] for line in page.split("\n")]
    audit = {table.name: list(table.columns) for table in rows.FORMATS[rows.NEWEST]}["audit"]
    said = [dict(zip(audit, row[1:], strict=True)) for row in lines if row[0] == "audit"]
    assert [(row["deed"], row["before"]) for row in said] == [(deed[:50], before) for _, deed, _, before, _, _ in deeds]


class _Undone(Exception):
    pass
