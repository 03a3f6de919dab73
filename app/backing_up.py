"""Back up and restore the whole database: SQLite by its backup API into one file, PostgreSQL by COPY of every table into one zip.

A restore is a new incarnation (epoch), so that devices compare and send again what the backup lacks. It is atomic: until its one
commit the old database is untouched.
"""

import dataclasses
import json
import os
import shutil
import time
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

from alembic.script import ScriptDirectory
from flask import current_app
from flask_migrate import upgrade
from sqlalchemy import Connection, inspect, text

from app import alone, audit, instance, journal, ready, times
from app.config import Settings
from app.db import db, reading, sqlite_module, writing

FORMAT = 1
_LINE = 1 << 20
_LEAVING = 1.0
"""Seconds in which PostgreSQL has forgotten connections that were just closed, our own too."""


class CannotRestore(Exception):
    """Why a backup can't be made or restored, in a sentence."""


def backup(to: Path) -> dict[str, Any]:
    """Write one consistent copy of the database to a file; return what is in it. The server may go on."""
    settings = _settings()
    if settings.sqlite and to.resolve() == alone.path_of(settings):
        raise CannotRestore("That file is the database itself; name another one.")
    fresh = to.with_name(f"{to.name}.{os.getpid()}.part")
    try:
        fresh.touch()  # where nothing can be written is said here, in the words of the system
        made = _backup_sqlite(fresh) if settings.sqlite else _backup_postgres(fresh)
        with fresh.open("rb+") as handle:
            os.fsync(handle.fileno())
        fresh.replace(to)
    finally:
        fresh.unlink(missing_ok=True)
    return made


def restore(given: Path, anyway: bool = False) -> str:
    """Put a backup in the place of the database and begin a new epoch; return it. The server must be stopped.

    Raises CannotRestore: no backup, made by a newer version, or (unless `anyway`) the database holds scans and isn't the one the
    backup was made of.
    """
    settings = _settings()
    if not given.is_file():
        raise CannotRestore(f"There is no file {given}.")
    with given.open("rb") as handle:
        head = handle.read(16)
    kind = "sqlite" if head == b"SQLite format 3\0" else "postgresql" if head.startswith(b"PK") else None
    if kind is None:
        raise CannotRestore(f"{given} is no backup of ScanLedger.")
    if (kind == "sqlite") != settings.sqlite:
        mine, other = ("SQLite", "PostgreSQL") if settings.sqlite else ("PostgreSQL", "SQLite")
        raise CannotRestore(f"{given} was made on {other}; this database is {mine}.")
    _alone(settings, anyway)
    epoch = _restore_sqlite(settings, given, anyway) if settings.sqlite else _restore_postgres(given, anyway)
    _witness_anew()
    return epoch


def accept() -> str:
    """Accept the database as it is, though the server has seen a newer one: begin a new epoch in it; return it."""
    _alone(_settings(), False)
    with writing() as tx:
        epoch = _begin_epoch(tx, "older_database_accepted", {"epoch": _epoch(tx)})
    _witness_anew()
    return epoch


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


def _alone(settings: Settings, anyway: bool) -> None:
    """Make sure that nobody else uses the database."""
    db.engine.dispose()
    if settings.sqlite:
        try:
            alone.hold(settings)
        except alone.InUse as error:
            raise CannotRestore(str(error)) from error
        return
    until = time.monotonic() + _LEAVING
    while (others := _others()) and not anyway:
        if time.monotonic() > until:
            raise CannotRestore(f"{others} other connections use this database; stop the servers first (or say --yes).")
        time.sleep(0.05)


def _others() -> int:
    """Return how many other connections a PostgreSQL database has."""
    with reading() as tx:
        found = tx.scalar(
            text(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
                "AND usesysid IS NOT NULL AND coalesce(backend_type, 'client backend') = 'client backend'"  # NULL: of another role
            )
        )
    return found or 0


def _witness_anew() -> None:
    """Take the database as it is now for the newest."""
    current_app.extensions.pop("epoch", None)
    witness: instance.Witness = current_app.extensions["witness"]
    witness.accept()
    with reading() as tx:
        witness.check(instance.epoch(tx), {str(site): value for site, value in tx.execute(text("SELECT site_id, value FROM journals"))})
    witness.write()


def _begin_epoch(tx: Connection, deed: str, before: dict[str, Any]) -> str:
    journal.lock(tx, journal.GLOBAL)
    epoch = instance.new_epoch(tx)
    audit.write(tx, deed, "database", before=before, after={"epoch": epoch})
    return epoch


def _epoch(tx: Connection) -> str:
    return str(tx.scalar(text("SELECT epoch FROM instance WHERE id = 1")))


def _known(version: object) -> str:
    """Return a migration's number; raises CannotRestore for one this program doesn't have."""
    scripts = ScriptDirectory(str(ready.MIGRATIONS))
    if version not in {script.revision for script in scripts.walk_revisions()}:
        raise CannotRestore(f"The backup was made by another version of ScanLedger (its schema is {version}); update this one first.")
    return str(version)


def _guard(of: str, anyway: bool) -> None:
    """Refuse to overwrite scans of a database that the backup wasn't made of."""
    if anyway or "scans" not in inspect(db.engine).get_table_names():
        return
    with reading() as tx:
        scans = tx.scalar(text("SELECT count(*) FROM scans"))
        restores = tx.scalars(text("SELECT before FROM audit WHERE deed IN ('restored', 'older_database_accepted')")).all()
        family = {_epoch(tx), *(json.loads(before)["epoch"] for before in restores)}
    if scans and of not in family:
        raise CannotRestore(f"This database holds {scans} scans and isn't the one the backup was made of. To overwrite it say --yes.")


def _backup_sqlite(to: Path) -> dict[str, Any]:
    driver = sqlite_module()
    with closing(driver.connect(alone.path_of(_settings()), timeout=60)) as source, closing(driver.connect(to)) as target:
        try:
            source.backup(target)
        except driver.OperationalError as error:  # the disk is full
            raise CannotRestore(f"The copy can't be written: {error}.") from error
        target.execute("PRAGMA journal_mode=DELETE")
        (epoch,) = target.execute("SELECT epoch FROM instance").fetchone()
        (scans,) = target.execute("SELECT count(*) FROM scans").fetchone()
    return {"epoch": epoch, "scans": scans, "bytes": to.stat().st_size}


def _restore_sqlite(settings: Settings, given: Path, anyway: bool) -> str:
    """Make the backup ready beside the database (checked, migrated, in its new epoch), then put it in place in one transaction."""
    from app import create_app

    driver, live = sqlite_module(), alone.path_of(settings)
    made_ready = live.with_name(f"{live.name}.restoring")
    leftovers = [made_ready.with_name(made_ready.name + end) for end in ("", "-wal", "-shm")]
    try:
        for left in leftovers:
            left.unlink(missing_ok=True)
        shutil.copyfile(given, made_ready)
        try:
            with closing(driver.connect(made_ready)) as check:
                sound = check.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
                (version,) = check.execute("SELECT version_num FROM alembic_version").fetchone()
                (epoch,) = check.execute("SELECT epoch FROM instance").fetchone()
        except driver.DatabaseError as error:
            raise CannotRestore(f"{given} is damaged or no backup of ScanLedger ({error}).") from error
        if not sound:
            raise CannotRestore(f"{given} is damaged.")
        _known(version)
        _guard(epoch, anyway)
        app = create_app(dataclasses.replace(settings, database_url=f"sqlite:///{made_ready}"))
        with app.app_context():
            upgrade()
            with writing() as tx:
                fresh = _begin_epoch(tx, "restored", {"epoch": epoch})
            db.engine.dispose()
        db.engine.dispose()
        with closing(driver.connect(made_ready)) as source, closing(driver.connect(live, timeout=60)) as target:
            target.execute("PRAGMA journal_mode=WAL")
            target.execute("PRAGMA synchronous=FULL")
            source.backup(target)
            target.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        for left in leftovers:
            left.unlink(missing_ok=True)
    return fresh


def _tables(tx: Connection) -> dict[str, list[str]]:
    """Return the tables with their columns, in an order in which each only points to tables before it."""
    kept = inspect(tx)
    order = [table.name for table in db.metadata.sorted_tables]
    names = set(kept.get_table_names()) - {"alembic_version"}
    assert names <= set(order), names - set(order)
    return {name: [column["name"] for column in kept.get_columns(name)] for name in order if name in names}


def _backup_postgres(to: Path) -> dict[str, Any]:
    with reading() as tx, zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        tables = _tables(tx)
        about = {
            "format": FORMAT,
            "version": tx.scalar(text("SELECT version_num FROM alembic_version")),
            "epoch": _epoch(tx),
            "made_at": times.wire(times.now()),
            "tables": tables,
        }
        scans = tx.scalar(text("SELECT count(*) FROM scans"))
        archive.writestr("about.json", json.dumps(about, indent=1))
        cursor = tx.connection.cursor()
        for name, columns in tables.items():
            with archive.open(f"{name}.copy", "w", force_zip64=True) as member:
                with cursor.copy(f"COPY {name} ({', '.join(columns)}) TO STDOUT") as rows:
                    for block in rows:
                        member.write(block)
    return {"epoch": about["epoch"], "scans": scans, "bytes": to.stat().st_size}


def _restore_postgres(given: Path, anyway: bool) -> str:
    """Fill the tables from the archive in one transaction."""
    try:
        with zipfile.ZipFile(given) as archive:
            bad = archive.testzip()
            about = json.loads(archive.read("about.json"))
            if bad is not None or about["format"] != FORMAT:
                raise CannotRestore(f"{given} is damaged, or made by another version of ScanLedger.")
            version = _known(about["version"])
            _guard(about["epoch"], anyway)
            if "alembic_version" not in inspect(db.engine).get_table_names():
                upgrade(revision=version)
            with writing() as tx:
                fresh = _fill(tx, archive, about)
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise CannotRestore(f"{given} is damaged or no backup of ScanLedger ({error}).") from error
    db.engine.dispose()
    upgrade()
    return fresh


def _fill(tx: Connection, archive: zipfile.ZipFile, about: dict[str, Any]) -> str:
    at = tx.scalar(text("SELECT version_num FROM alembic_version"))
    if at != about["version"]:
        raise CannotRestore(
            f"The backup's schema is {about['version']}, the database's {at}. Restore it into an empty database; it is migrated there."
        )
    tables = _tables(tx)
    if tables != about["tables"]:
        raise CannotRestore("The backup has other tables than this database.")
    for name in tables:
        tx.exec_driver_sql(f"ALTER TABLE {name} DISABLE TRIGGER USER")
    tx.exec_driver_sql("TRUNCATE " + ", ".join(tables))
    cursor = tx.connection.cursor()
    for name, columns in tables.items():
        with archive.open(f"{name}.copy") as member, cursor.copy(f"COPY {name} ({', '.join(columns)}) FROM STDIN") as rows:
            while block := member.read(_LINE):
                rows.write(block)
    for name in tables:
        tx.exec_driver_sql(f"ALTER TABLE {name} ENABLE TRIGGER USER")
        sequence = tx.scalar(text("SELECT pg_get_serial_sequence(:table, 'id')"), {"table": name}) if "id" in tables[name] else None
        if sequence is not None:
            tx.exec_driver_sql(f"SELECT setval('{sequence}', coalesce(max(id), 1), max(id) IS NOT NULL) FROM {name}")
    return _begin_epoch(tx, "restored", {"epoch": about["epoch"], "made_at": about["made_at"]})
