"""The control: batch ingest as a tutorial would write it. marshmallow, the ORM, one query for each thing it needs, one commit a batch."""

import uuid
from decimal import Decimal

import marshmallow as ma
from flask import Flask, jsonify, request

from app import access, times
from app.db import db
from app.devices.models import Device
from app.journal import Journal
from app.ledger.models import Balance, Move
from app.locations.models import Location
from app.people.models import Person
from app.products.models import Barcode, Product
from app.scans.models import Scan
from app.tokens import bearer, digest


class NaiveScan(ma.Schema):
    """A scan as most programs would declare it."""

    class Meta:
        unknown = ma.EXCLUDE

    id = ma.fields.UUID(required=True)
    seq = ma.fields.Integer()
    task = ma.fields.String(required=True, validate=ma.validate.OneOf(["receive", "pick", "move", "count", "look"]))
    scanned_at = ma.fields.AwareDateTime(required=True)
    location = ma.fields.String(required=True, validate=ma.validate.Length(max=128))
    barcode = ma.fields.String(required=True, validate=ma.validate.Length(max=8192))
    quantity = ma.fields.Decimal(load_default=Decimal(1))
    target = ma.fields.String(load_default=None)
    lot = ma.fields.String(load_default="")
    operator = ma.fields.String(load_default=None)
    via = ma.fields.String(load_default=None)
    symbology = ma.fields.String(load_default=None)


schema = NaiveScan(many=True)


def init_app(app: Flask) -> None:
    """Add the route."""
    app.add_url_rule("/naive", view_func=post_naive, methods=["POST"])


@access.public
def post_naive() -> object:
    """Record a batch."""
    db.session().autoflush = True  # SQLAlchemy's default, which the app itself turns off
    device = Device.query.filter_by(token_hash=digest(bearer(request.headers.get("Authorization")) or "")).first()
    if device is None or device.revoked_at is not None:
        return jsonify(error="unauthorized"), 401
    now = times.now()
    receipts = []
    for said in schema.load(request.get_json()["scans"]):
        if Scan.query.filter_by(id=str(said["id"])).first() is not None:
            receipts.append({"id": said["id"], "status": "duplicate"})
            continue
        receipts.append({"id": said["id"], "status": "recorded", "outcome": _record(device, said, now)})
    db.session.commit()
    return jsonify(receipts=receipts)


def _record(device: Device, said: dict, now: int) -> str:
    location = Location.query.filter_by(site_id=device.site_id, code=said["location"]).first()
    barcode = Barcode.query.filter_by(code=said["barcode"]).first()
    product = db.session.get(Product, barcode.product_id)
    person = Person.query.filter_by(badge=said["operator"]).first()
    quantity = int(said["quantity"] * barcode.quantity)
    at = int(said["scanned_at"].timestamp() * 1000)
    outcome = "posted" if said["task"] in ("receive", "pick", "move") else "noted"
    db.session.add(
        Scan(
            site_id=device.site_id,
            journal=_number(device),
            id=str(said["id"]),
            hash=uuid.uuid4().bytes,
            device_id=device.id,
            seq=said["seq"],
            task=said["task"],
            said=schema.dumps([said], default=str),
            scanned_at=at,
            received_at=now,
            occurred_at=at,
            uncertainty_ms=0,
            location_id=location.id,
            product_id=product.id,
            lot=said["lot"],
            serial="",
            quantity=quantity,
            operator=said["operator"],
            person_id=person.id if person else None,
            outcome=outcome,
            warnings="",
        )
    )
    if outcome == "posted":
        other = Location.query.filter_by(
            site_id=device.site_id, code={"receive": "SUPPLIER", "pick": "CUSTOMER"}.get(said["task"]) or said["target"]
        ).first()
        source, target = (other, location) if said["task"] == "receive" else (location, other)
        db.session.add(
            Move(
                site_id=device.site_id,
                journal=_number(device),
                kind="scan",
                scan_id=str(said["id"]),
                product_id=product.id,
                lot=said["lot"],
                serial="",
                quantity=quantity,
                source_id=source.id,
                target_id=target.id,
                occurred_at=at,
                uncertainty_ms=0,
                recorded_at=now,
                person_id=person.id if person else None,
            )
        )
        _balance(source, product, said["lot"]).quantity -= quantity
        _balance(target, product, said["lot"]).quantity += quantity
    return outcome


def _number(device: Device) -> int:
    row = Journal.query.filter_by(site_id=device.site_id).first()
    row.value += 1
    return row.value


def _balance(place: Location, product: Product, lot: str) -> Balance:
    row = Balance.query.filter_by(location_id=place.id, product_id=product.id, lot=lot, serial="").first()
    if row is None:
        row = Balance(location_id=place.id, product_id=product.id, lot=lot, serial="", quantity=0)
        db.session.add(row)
    return row
