"""Rules by which counts are planned, what they planned, and the ABC classes that were computed."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "count_rules",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("site_id", NUMBER, nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("parameters", sa.Text, nullable=False),
        sa.Column("blind", sa.Boolean, nullable=False),
        sa.Column("policy", sa.String(7), nullable=False),
        sa.Column("tolerance", sa.Text, nullable=True),
        sa.Column("most", sa.Integer, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.Column("archived_at", sa.BigInteger, nullable=True),
        sa.Column("journal", sa.BigInteger, nullable=False),
        sa.CheckConstraint("most > 0", name=op.f("ck_count_rules_most")),
        sa.CheckConstraint("policy IN ('ask', 'recount', 'as_of')", name=op.f("ck_count_rules_policy")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_count_rules_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_count_rules")),
        sa.UniqueConstraint("site_id", "code", name=op.f("uq_count_rules_site_id_code")),
    )
    op.create_table(
        "rule_runs",
        sa.Column("rule_id", NUMBER, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("count_id", NUMBER, nullable=False),
        sa.Column("locations", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["rule_id"], ["count_rules.id"], name=op.f("fk_rule_runs_rule_id")),
        sa.ForeignKeyConstraint(["count_id"], ["counts.id"], name=op.f("fk_rule_runs_count_id")),
        sa.PrimaryKeyConstraint("rule_id", "day", name=op.f("pk_rule_runs")),
        sa.UniqueConstraint("count_id", name=op.f("uq_rule_runs_count_id")),
    )
    op.create_table(
        "planning_days",
        sa.Column("site_id", NUMBER, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("taken_at", sa.BigInteger, nullable=False),
        sa.Column("done_at", sa.BigInteger, nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_planning_days_site_id")),
        sa.PrimaryKeyConstraint("site_id", "day", name=op.f("pk_planning_days")),
    )
    op.create_table(
        "product_classes",
        sa.Column("product_id", NUMBER, nullable=False),
        sa.Column("abc", sa.String(1), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_product_classes_product_id")),
        sa.PrimaryKeyConstraint("product_id", name=op.f("pk_product_classes")),
    )


def downgrade() -> None:
    """Take the tables away."""
    for table in ("product_classes", "planning_days", "rule_runs", "count_rules"):
        op.drop_table(table)
