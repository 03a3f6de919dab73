"""What is kept of people: names, badges, roles by site, passwords and keys (hashed), console sessions."""

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from app.db import BigInteger, Ms, Number, db


class Person(db.Model):  # type: ignore[name-defined,misc]
    """One human; may have a badge (an operator) and a password (a user)."""

    __tablename__ = "people"
    id: Mapped[int] = mapped_column(Number, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    folded: Mapped[str] = mapped_column(String(600), unique=True)
    badge: Mapped[str | None] = mapped_column(String(128), unique=True)
    password: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(Ms)
    archived_at: Mapped[int | None] = mapped_column(Ms)
    journal: Mapped[int] = mapped_column(BigInteger)
    __table_args__ = (Index("ix_people_journal", "journal"),)


class Role(db.Model):  # type: ignore[name-defined,misc]
    """What a person may do, in one site or (0) in all."""

    __tablename__ = "roles"
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    role: Mapped[str] = mapped_column(String(20), primary_key=True)
    __table_args__ = (
        CheckConstraint("role IN ('operator', 'supervisor', 'accountant', 'auditor', 'administrator', 'integration')", name="role"),
    )


class Key(db.Model):  # type: ignore[name-defined,misc]
    """An API key; it acts as a person with the roles it was given, in one site or (null) in all."""

    __tablename__ = "keys"
    id: Mapped[int] = mapped_column(Number, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    name: Mapped[str] = mapped_column(String(200))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    prefix: Mapped[str] = mapped_column(String(12))
    roles: Mapped[str] = mapped_column(Text)
    site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id"))
    created_at: Mapped[int] = mapped_column(Ms)
    revoked_at: Mapped[int | None] = mapped_column(Ms)
    expires_at: Mapped[int | None] = mapped_column(Ms)
    used_at: Mapped[int | None] = mapped_column(Ms)
    """When it was last used, true to a minute."""
    reads_only: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    made_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    """Who made it; null: the command line."""


class Session(db.Model):  # type: ignore[name-defined,misc]
    """A console sign-in, by the hash of its cookie: from which address and browser it began, and when it was last used."""

    __tablename__ = "sessions"
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    csrf: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[int] = mapped_column(Ms)
    expires_at: Mapped[int] = mapped_column(Ms)
    ended_at: Mapped[int | None] = mapped_column(Ms)
    seen_at: Mapped[int] = mapped_column(Ms)
    address: Mapped[str] = mapped_column(String(60))
    agent: Mapped[str] = mapped_column(String(80))
    proven_at: Mapped[int | None] = mapped_column(Ms)
    """When it was last given a code of the person's authenticator."""
    site_id: Mapped[int | None] = mapped_column(BigInteger)
    """Which of their sites the person chose to work in (0: all); null: none yet."""
    __table_args__ = (Index("ix_sessions_person_id", "person_id"),)


class Authenticator(db.Model):  # type: ignore[name-defined,misc]
    """The key that a person shares with an app which shows codes; `step` is that of the last code which was taken: each counts once."""

    __tablename__ = "authenticators"
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True, autoincrement=False)
    key: Mapped[bytes] = mapped_column(LargeBinary(20))
    made_at: Mapped[int] = mapped_column(Ms)
    confirmed_at: Mapped[int | None] = mapped_column(Ms)
    step: Mapped[int] = mapped_column(BigInteger)


class RecoveryCode(db.Model):  # type: ignore[name-defined,misc]
    """What a person who lost the app signs in with, once, by its hash."""

    __tablename__ = "recovery_codes"
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    spent_at: Mapped[int | None] = mapped_column(Ms)
    __table_args__ = (Index("ix_recovery_codes_person_id", "person_id"),)


class SetupLink(db.Model):  # type: ignore[name-defined,misc]
    """The one-use link that makes the first administrator; a new one voids the old."""

    __tablename__ = "setup_links"
    id: Mapped[int] = mapped_column(Number, primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[int] = mapped_column(Ms)
    spent_at: Mapped[int | None] = mapped_column(Ms)


class Pin(db.Model):  # type: ignore[name-defined,misc]
    """What a person proves with on a shared device that they are who the badge says, hashed with a pepper that isn't in here."""

    __tablename__ = "pins"
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True, autoincrement=False)
    hash: Mapped[str] = mapped_column(Text)
    pepper: Mapped[str] = mapped_column(String(16))
    """Which pepper."""
    salt: Mapped[str] = mapped_column(String(32))
    """What devices mix in where they keep a little of the PIN; the same on all of them."""
    set_at: Mapped[int] = mapped_column(Ms)


class PinCode(db.Model):  # type: ignore[name-defined,misc]
    """A code of one use with which a person sets their PIN."""

    __tablename__ = "pin_codes"
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True, autoincrement=False)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    expires_at: Mapped[int] = mapped_column(Ms)


class PinTries(db.Model):  # type: ignore[name-defined,misc]
    """Wrong PINs and codes of a person on a device since the last right one; from a number on they are locked out there."""

    __tablename__ = "pin_tries"
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True, autoincrement=False)
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"), primary_key=True, autoincrement=False)
    wrong: Mapped[int] = mapped_column()


class Grant(db.Model):  # type: ignore[name-defined,misc]
    """For how long a person who proved their PIN on a device may work there; `ended_at`: it was taken back, and holds for nothing."""

    __tablename__ = "grants"
    id: Mapped[int] = mapped_column(Number, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"))
    since: Mapped[int] = mapped_column(Ms)
    expires_at: Mapped[int] = mapped_column(Ms)
    ended_at: Mapped[int | None] = mapped_column(Ms)
    __table_args__ = (Index("ix_grants_device_person", "device_id", "person_id"), Index("ix_grants_person_id", "person_id"))


class Attempt(db.Model):  # type: ignore[name-defined,misc]
    """Tries of one kind from one place in one minute, so that limits hold over all workers."""

    __tablename__ = "attempts"
    what: Mapped[str] = mapped_column(String(40), primary_key=True)
    whence: Mapped[str] = mapped_column(String(200), primary_key=True)
    minute: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    tries: Mapped[int] = mapped_column(default=0)
