"""What PostgreSQL itself lets the server do: as a role that owns nothing, it adds to what never changes, and can change none of it."""

from sqlalchemy import Connection, text

from app.db import is_sqlite

_KEPT = "SELECT DISTINCT tgrelid FROM pg_trigger WHERE tgfoid = 'never_changed'::regproc"
_TABLES = f"""
SELECT relname, oid IN ({_KEPT}) FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version' ORDER BY relname
"""
_STRONGER = f"""
SELECT rolname FROM pg_roles r WHERE pg_has_role(:role, r.oid, 'MEMBER') AND (
    rolsuper OR rolcreaterole OR rolname IN ('pg_execute_server_program', 'pg_write_server_files')
    OR oid = (SELECT datdba FROM pg_database WHERE datname = current_database())
    OR EXISTS (SELECT 1 FROM ({_KEPT}) t WHERE has_table_privilege(r.oid, tgrelid, 'UPDATE, DELETE, TRUNCATE, TRIGGER')))
ORDER BY rolname = :role AND NOT rolsuper AND NOT rolcreaterole, rolname <> :role, rolname LIMIT 1
"""
_WITHOUT = """
SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
AND NOT has_table_privilege(oid, CASE relname WHEN 'alembic_version' THEN 'SELECT' ELSE 'INSERT' END) ORDER BY relname LIMIT 1
"""


class CannotGrant(Exception):
    """Why a role can't be given the server's rights, in a sentence."""


def statements(tx: Connection, role: str) -> list[str]:
    """Return what gives a role the rights that the server needs and takes all others; tables that never change are those with the triggers.

    Raises CannotGrant where there is no such role.
    """
    if is_sqlite(tx):
        raise CannotGrant("SQLite has no roles; who can write its file can change all of it. This is for PostgreSQL.")
    who = '"' + role.replace('"', '""') + '"'
    if tx.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role}) is None:
        raise CannotGrant(f"There is no role {role}. Make it: CREATE ROLE {who} LOGIN PASSWORD '...'")
    tables = tx.execute(text(_TABLES)).all()
    return [
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, {who}",
        f"GRANT USAGE ON SCHEMA public TO {who}",
        f"GRANT SELECT ON alembic_version TO {who}",
        f"GRANT SELECT, INSERT ON {', '.join(name for name, kept in tables if kept)} TO {who}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {', '.join(name for name, kept in tables if not kept)} TO {who}",
        f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {who}",
    ]


def grant(tx: Connection, role: str) -> None:
    """Give a role the server's rights, as the owner; raises CannotGrant where it could change what never changes all the same."""
    for statement in statements(tx, role):
        tx.exec_driver_sql(statement, execution_options={"no_parameters": True})
    stronger = tx.scalar(text(_STRONGER), {"role": role})
    if stronger is not None:
        how = "" if stronger == role else f" through the role {stronger}, whose member it is"
        raise CannotGrant(f"{role} could still change what never changes{how}. Take a role that owns nothing and is no member of others.")


def without(tx: Connection) -> str | None:
    """Return a table that who asks has no rights to, as after a migration; None where all is well."""
    return None if is_sqlite(tx) else tx.scalar(text(_WITHOUT))
