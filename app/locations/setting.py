"""Settings of a site that people change while it is in use."""

from sqlalchemy import Connection, func, select, text, update

from app import audit, journal
from app.locations.models import Location, Site


def put(tx: Connection, site_id: int, wanted: dict[str, str | int | None], reason: str = "") -> None:
    """Change who may count and approve (`independence`, `second_above`), what must be proven before an approval (`proof`) and by who scans
    (`pin`, `idle_minutes`), when rules run (`plan_at`), and what the shop's own codes mean (`in_store`)."""
    journal.lock(tx, site_id)
    site = tx.execute(select(Site.code, *(getattr(Site, name) for name in wanted)).where(Site.id == site_id)).one()
    before = {name: getattr(site, name) for name in wanted}
    if before != wanted:
        tx.execute(update(Site).where(Site.id == site_id).values(wanted))
        audit.write(tx, "site_put", f"site {site.code}", site_id=site_id, before=before, after=wanted, reason=reason)


def use_check_digits(tx: Connection, site_id: int, wanted: bool, reason: str) -> None:
    """Switch a site's check digits on or off; every device fetches its locations again, for they carry them."""
    journal.lock(tx, site_id)
    site = tx.execute(select(Site.code, Site.check_digits).where(Site.id == site_id)).one()
    if bool(site.check_digits) == wanted:
        return
    tx.execute(update(Site).where(Site.id == site_id).values(check_digits=wanted))
    many = tx.scalar(select(func.count()).select_from(Location).where(Location.site_id == site_id)) or 0
    first = journal.take(tx, site_id, many)
    tx.execute(
        text(
            "UPDATE locations SET journal = n.journal FROM (SELECT id, :before + ROW_NUMBER() OVER (ORDER BY id) AS journal "
            "FROM locations WHERE site_id = :site) n WHERE n.id = locations.id"
        ),
        {"before": first - 1, "site": site_id},
    )
    audit.write(
        tx, "site_put", f"site {site.code}", site_id=site_id, before={"check_digits": not wanted}, after={"check_digits": wanted},
        reason=reason,
    )  # fmt: skip
