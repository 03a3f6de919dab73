"""Who sent a count's scans with a key or a session counted: the database lets them approve it only where the site declares that (I10)."""

from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

_SENT = (
    "NEW.part = 'approver' AND NEW.declared = 0 AND EXISTS (SELECT 1 FROM sheets h JOIN scans s ON s.sheet_id = h.id "
    "JOIN counts c ON c.id = h.count_id WHERE h.count_id = NEW.count_id AND s.sender_id = NEW.person_id AND s.device_id IS NULL "
    "AND s.task IN ('count', 'empty', 'finish') AND s.outcome = 'noted' "
    "AND (c.approved_journal IS NULL OR s.journal <= c.approved_journal))"
)
_SAYS = "one of the participants sent scans of this count, and can not approve it"


def upgrade() -> None:
    """Add the triggers."""
    if op.get_bind().dialect.name == "sqlite":
        for deed in ("INSERT", "UPDATE"):
            op.execute(
                f"CREATE TRIGGER participants_sent_{deed.lower()} BEFORE {deed} ON participants WHEN {_SENT} "
                f"BEGIN SELECT RAISE(ABORT, '{_SAYS}'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION approved_by_no_sender() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {_SENT} THEN "
        f"RAISE EXCEPTION '{_SAYS}' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER participants_sent BEFORE INSERT OR UPDATE ON participants FOR EACH ROW EXECUTE FUNCTION approved_by_no_sender()"
    )


def downgrade() -> None:
    """Take the triggers away."""
    if op.get_bind().dialect.name == "sqlite":
        for deed in ("insert", "update"):
            op.execute(f"DROP TRIGGER participants_sent_{deed}")
        return
    op.execute("DROP TRIGGER participants_sent ON participants")
    op.execute("DROP FUNCTION approved_by_no_sender()")
