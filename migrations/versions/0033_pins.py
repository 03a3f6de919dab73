"""Operators prove by PIN who they are: PINs, codes to set them, wrong tries, grants of devices; a site says whether it wants that."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "pins",
        sa.Column("person_id", NUMBER, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("pepper", sa.String(16), nullable=False),
        sa.Column("salt", sa.String(32), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_pins_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_pins")),
    )
    op.create_table(
        "pin_codes",
        sa.Column("person_id", NUMBER, nullable=False),
        sa.Column("code_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_pin_codes_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_pin_codes")),
    )
    op.create_table(
        "pin_tries",
        sa.Column("person_id", NUMBER, nullable=False),
        sa.Column("device_id", NUMBER, nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_pin_tries_person_id")),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_pin_tries_device_id")),
        sa.PrimaryKeyConstraint("person_id", "device_id", name=op.f("pk_pin_tries")),
    )
    op.create_table(
        "grants",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("person_id", NUMBER, nullable=False),
        sa.Column("device_id", NUMBER, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_grants_person_id")),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_grants_device_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
    )
    op.create_index("ix_grants_device_person", "grants", ["device_id", "person_id"])
    op.create_index("ix_grants_person_id", "grants", ["person_id"])
    op.execute(
        "ALTER TABLE sites ADD COLUMN pin VARCHAR(10) DEFAULT 'off' NOT NULL CONSTRAINT ck_sites_pin CHECK (pin IN ('off', 'required'))"
    )
    op.add_column("sites", sa.Column("idle_minutes", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("sites", "idle_minutes")
    op.drop_column("sites", "pin")
    for table in ("grants", "pin_tries", "pin_codes", "pins"):
        op.drop_table(table)
