"""Hold independence in the database: `declared` rows only where the site declares (I10)."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = ("sheet_counters", "participants")
_ENFORCED = "(SELECT s.independence FROM counts c JOIN sites s ON s.id = c.site_id WHERE c.id = NEW.count_id) = 'enforce'"
_SAYS = "this site enforces that counter, recounter and approver are different persons"


def upgrade() -> None:
    """Add the triggers."""
    if op.get_bind().dialect.name == "sqlite":
        for table in TABLES:
            for deed in ("INSERT", "UPDATE"):
                op.execute(
                    f"CREATE TRIGGER {table}_declared_{deed.lower()} BEFORE {deed} ON {table} WHEN NEW.declared <> 0 AND {_ENFORCED} "
                    f"BEGIN SELECT RAISE(ABORT, '{_SAYS}'); END"
                )
        return
    op.execute(
        f"CREATE FUNCTION declared_where_allowed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.declared <> 0 AND {_ENFORCED} THEN "
        f"RAISE EXCEPTION '{_SAYS}' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$"
    )
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_declared BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION declared_where_allowed()"
        )


def downgrade() -> None:
    """Take the triggers away."""
    if op.get_bind().dialect.name == "sqlite":
        for table in TABLES:
            for deed in ("insert", "update"):
                op.execute(f"DROP TRIGGER {table}_declared_{deed}")
        return
    for table in TABLES:
        op.execute(f"DROP TRIGGER {table}_declared ON {table}")
    op.execute("DROP FUNCTION declared_where_allowed()")
