"""Keep rules: make and change them, archive them, read them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert, select, text, update

from app import audit, journal, times, wire
from app.counts import planning
from app.due import rules
from app.due.models import CountRule
from app.due.rules import Rule
from app.errors import Problem
from app.text import nfc

_SHOWN = ("name", "kind", "parameters", "blind", "twice", "policy", "tolerance", "tolerances", "second_above", "most", "active")


def rule(kept: Any) -> Rule:
    """Return what thinks of a rule that is kept."""
    return Rule(kept.code, kept.kind, wire.kept(kept.parameters), kept.most, kept.changed_at)


def draft(tx: Connection, site_id: int, code: str, wanted: Mapping[str, Any]) -> Rule:
    """Return a rule that isn't kept yet, so that it can be looked at before; raises bad_request."""
    kept = _find(tx, site_id, code)
    parameters = _parameters(tx, site_id, wanted)
    same = kept is not None and (kept.kind, wire.kept(kept.parameters)) == (wanted["kind"], parameters)
    return Rule(nfc(code), wanted["kind"], parameters, wanted["most"], kept.changed_at if kept is not None and same else times.now())


def find(tx: Connection, site_id: int, code: str) -> Any:
    """Return a rule as it is kept; raises not_found."""
    found = _find(tx, site_id, code)
    if found is None or found.archived_at is not None:
        raise Problem("not_found", "There is no such rule.")
    return found


def active(tx: Connection, site_id: int) -> list[Any]:
    """Return the rules that run by themselves, by code."""
    return [one for one in everything(tx, site_id) if one.active]


def everything(tx: Connection, site_id: int) -> list[Any]:
    """Return the rules of a site that are not archived, by code."""
    query = select(CountRule.__table__).where(CountRule.site_id == site_id, CountRule.archived_at.is_(None)).order_by(CountRule.code)
    return list(tx.execute(query).all())


def shown(kept: Any) -> dict[str, Any]:
    """Return a rule as the wire shows it."""
    return {
        "code": kept.code, "name": kept.name, "kind": kept.kind, "parameters": wire.kept(kept.parameters), "blind": bool(kept.blind),
        "twice": bool(kept.twice), "policy": kept.policy, "tolerance": wire.kept(kept.tolerance) if kept.tolerance else None,
        "tolerances": wire.kept(kept.tolerances) if kept.tolerances else [], "second_above": kept.second_above, "most": kept.most,
        "active": bool(kept.active), "changed_at": times.wire(kept.changed_at),
    }  # fmt: skip


def put(tx: Connection, site_id: int, code: str, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Make a rule, or change it, or bring it back; return it. Raises bad_request."""
    journal.lock(tx, site_id)
    kept = _find(tx, site_id, code)
    before = None if kept is None or kept.archived_at is not None else shown(kept)
    asked = {name: wanted.get(name) for name in _SHOWN} | {
        "parameters": _parameters(tx, site_id, wanted), "twice": wanted.get("twice", False), "tolerance": _tolerance(wanted),
        "tolerances": planning.tolerances_of(tx, site_id, wanted.get("tolerances") or []),
    }  # fmt: skip
    if before is not None and {name: before[name] for name in _SHOWN} == asked:
        return before
    moved = before is None or (before["kind"], before["parameters"]) != (asked["kind"], asked["parameters"])
    values = asked | {
        "parameters": wire.text(asked["parameters"]), "tolerance": wire.text(asked["tolerance"]) if asked["tolerance"] else None,
        "tolerances": wire.text(asked["tolerances"]) if asked["tolerances"] else None,
        "changed_at": times.now() if moved else kept.changed_at, "archived_at": None, "journal": journal.take(tx, site_id),
    }  # fmt: skip
    if kept is None:
        tx.execute(insert(CountRule.__table__), values | {"site_id": site_id, "code": nfc(code)})
    else:
        tx.execute(update(CountRule).where(CountRule.id == kept.id).values(values))
    audit.write(tx, "count_rule_put", f"count rule {nfc(code)}", site_id=site_id, before=before, after=asked)
    return shown(find(tx, site_id, code))


def archive(tx: Connection, site_id: int, code: str) -> None:
    """Archive a rule: it plans nothing more. Raises not_found."""
    journal.lock(tx, site_id)
    kept = find(tx, site_id, code)
    tx.execute(update(CountRule).where(CountRule.id == kept.id).values(archived_at=times.now(), journal=journal.take(tx, site_id)))
    audit.write(tx, "count_rule_archived", f"count rule {kept.code}", site_id=site_id, before=shown(kept))


def _find(tx: Connection, site_id: int, code: str) -> Any:
    return tx.execute(select(CountRule.__table__).where(CountRule.site_id == site_id, CountRule.code == nfc(code))).one_or_none()


def _tolerance(wanted: Mapping[str, Any]) -> dict[str, str] | None:
    return {name: limit for name, limit in (wanted["tolerance"] or {}).items() if limit is not None} or None


def _parameters(tx: Connection, site_id: int, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters, all of them; raises bad_request for one that can't be, or that names a location which isn't there."""
    try:
        parameters = rules.parameters(wanted["kind"], wanted["parameters"])
    except rules.BadParameter as wrong:
        raise Problem(
            "bad_request", f"{wrong.field}: {wrong.message}", [{"field": f"parameters.{wrong.field}", "message": wrong.message}]
        ) from wrong
    for name in ("locations", "within"):
        codes = parameters[name] = sorted({nfc(code) for code in parameters.get(name, ())})
        if codes:
            sql = "SELECT code FROM locations WHERE site_id = :site AND archived_at IS NULL AND kind <> 'virtual'"
            unknown = sorted(set(codes) - set(tx.scalars(text(sql), {"site": site_id})))
            errors = [{"field": code, "message": "There is no such location here."} for code in unknown]
            if errors:
                raise Problem("bad_request", f"parameters.{name}: some locations can't be counted.", errors)
        elif name == "locations":
            del parameters[name]
    return parameters
