"""What is kept of planning: the rules, what each has planned on which day, which days are done, and the classes that were computed."""

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from app.db import BigInteger, Ms, Number, db


class CountRule(db.Model):  # type: ignore[name-defined,misc]
    """A rule by which counts are planned. `parameters`, `tolerance` and `tolerances` are JSON; `most`: locations a
    day; `changed_at`: when its kind, parameters or locations changed last."""

    __tablename__ = "count_rules"
    id: Mapped[int] = mapped_column(Number, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(10))
    parameters: Mapped[str] = mapped_column(Text)
    blind: Mapped[bool] = mapped_column(Boolean)
    policy: Mapped[str] = mapped_column(String(7))
    twice: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    tolerance: Mapped[str | None] = mapped_column(Text)
    tolerances: Mapped[str | None] = mapped_column(Text)
    second_above: Mapped[str | None] = mapped_column(String(20))
    most: Mapped[int] = mapped_column()
    active: Mapped[bool] = mapped_column(Boolean)
    changed_at: Mapped[int] = mapped_column(Ms)
    archived_at: Mapped[int | None] = mapped_column(Ms)
    journal: Mapped[int] = mapped_column(BigInteger)
    __table_args__ = (
        UniqueConstraint("site_id", "code"),
        CheckConstraint("most > 0", name="most"),
        CheckConstraint("policy IN ('ask', 'recount', 'as_of')", name="policy"),
    )


class RuleRun(db.Model):  # type: ignore[name-defined,misc]
    """That a rule planned a count on a day (days since 1970, UTC): it plans no other one that day."""

    __tablename__ = "rule_runs"
    rule_id: Mapped[int] = mapped_column(ForeignKey("count_rules.id"), primary_key=True)
    day: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    count_id: Mapped[int] = mapped_column(ForeignKey("counts.id"), unique=True)
    locations: Mapped[int] = mapped_column()


class PlanningDay(db.Model):  # type: ignore[name-defined,misc]
    """That the active rules of a site were run on a day, or since when somebody runs them."""

    __tablename__ = "planning_days"
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), primary_key=True)
    day: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    taken_at: Mapped[int] = mapped_column(Ms)
    done_at: Mapped[int | None] = mapped_column(Ms)


class ProductClass(db.Model):  # type: ignore[name-defined,misc]
    """The class that was computed last for a product: one that differs from it was set by hand."""

    __tablename__ = "product_classes"
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), primary_key=True)
    abc: Mapped[str] = mapped_column(String(1))
    at: Mapped[int] = mapped_column(Ms)
