"""What the wire says of scans: batches in, receipts out; lists, proofs, resolutions."""

import marshmallow as ma
from flask import Response, request

from app import access, http, instance
from app.access import DEVICE, OFFICE, REVOKED_DEVICE, allow
from app.config import MAX_IMPORT
from app.db import look, reading
from app.errors import Problem
from app.fields import UUID, Flag
from app.scans import carrying, envelopes, gathering, listing, proving, sheets, shiftcodes, streaming
from app.scans import resolving as resolving_
from app.scans.said import REASONS, TASKS, WARNINGS
from app.scans.sentence import BARCODE, CODE, ScanSchema
from app.scans.streams import State
from app.scans.unpacking import envelope
from app.scans.work import Sender

blueprint = http.Blue("scans", __name__, description="What was said: scans, their receipts and proofs")
blueprints = [blueprint]


class EnvelopeSchema(ma.Schema):
    """A batch: at most 500 scans, 1 MiB before and after gunzip."""

    batch = ma.fields.UUID(allow_none=True)
    stream = ma.fields.UUID(allow_none=True)
    made = ma.fields.Integer(allow_none=True)
    xor = ma.fields.String(allow_none=True)
    sent_at = ma.fields.DateTime(allow_none=True)
    app = ma.fields.String(allow_none=True, metadata={"description": "its version: at most 40 printable ASCII characters, else absent"})
    scans = ma.fields.List(ma.fields.Nested(ScanSchema), required=True, validate=ma.validate.Length(1, envelopes.MOST_SCANS))


class ReceiptSchema(ma.Schema):
    """Our answer to one scan. Every status is final and means: stored durably."""

    id = ma.fields.String(allow_none=True)
    status = ma.fields.String(validate=ma.validate.OneOf(["recorded", "duplicate", "conflict", "malformed"]))
    outcome = ma.fields.String(allow_none=True, validate=ma.validate.OneOf(["posted", "noted", "refused"]))
    reason = ma.fields.String(
        allow_none=True, metadata={"description": ", ".join((*REASONS, "missing_field", "bad_field", "unknown_task"))}
    )
    warnings = ma.fields.List(ma.fields.String(), metadata={"description": ", ".join(WARNINGS)})
    journal = ma.fields.Integer(allow_none=True)
    detail = ma.fields.String(metadata={"description": "of a malformed item: the field"})


class StreamSchema(ma.Schema):
    """The proof of a stream."""

    held = ma.fields.Integer(required=True)
    through = ma.fields.Integer(required=True)
    missing = ma.fields.List(ma.fields.List(ma.fields.Integer()), required=True)
    missing_total = ma.fields.Integer(required=True)
    xor = ma.fields.String(required=True)
    forked = ma.fields.Boolean(required=True)


class DoSchema(ma.Schema):
    """What the device should do."""

    rotate_stream = ma.fields.Boolean()
    resend = ma.fields.List(ma.fields.Raw())
    revoked = ma.fields.Boolean()


class AnswerSchema(ma.Schema):
    """The answer to a batch, after the durable commit."""

    batch = ma.fields.String(allow_none=True)
    epoch = ma.fields.String(required=True)
    received_at = ma.fields.String(required=True)
    journal = ma.fields.Integer(required=True)
    receipts = ma.fields.List(ma.fields.Nested(ReceiptSchema), required=True)
    stream = ma.fields.Nested(StreamSchema, allow_none=True)
    do = ma.fields.Nested(DoSchema)
    checkpoint = ma.fields.String(allow_none=True, metadata={"description": "of the newest seal: keep it, `verify.py` compares it"})


def sender(site: str | None = None) -> Sender:
    """Return who sends, and to which site."""
    caller = access.caller()
    site_id, hand = caller.site_id, None
    if site_id is None or site is not None or caller.person_id is not None:
        with reading() as tx:
            site_id = access.site_for(tx, site)
            hand = sheets.hand(tx, caller.person_id)
    return Sender(
        site_id, caller.device_id, caller.person_id, caller.tasks, caller.revoked, "supervisor" in caller.roles, caller.floor, caller.proof,
        hand,
    )  # fmt: skip


@blueprint.post("/api/v1/scans")
@blueprint.doc(
    requestBody={"required": True, "content": {"application/json": {"schema": {"type": "object"}}}},
    description="Send a batch. 200 for every well-formed, authorized envelope; each scan has a receipt at its index.",
)
@blueprint.arguments(http.SiteQuery, location="query")
@blueprint.response(200, AnswerSchema)
@http.errors("bad_json", "bad_envelope", "too_large", "unsupported_media_type", "not_found", "too_many_requests")
@http.bare
@allow(DEVICE, REVOKED_DEVICE, "operator", "supervisor", "integration", proves=True)
def post_scans() -> Response:
    """Record a batch of scans."""
    body = http.json_body()
    site = request.args.get("site")
    if site is not None and len(site) > CODE:
        raise Problem("bad_request", errors=[{"field": "site", "message": f"Longer than {CODE} characters."}])
    return http.answer(gathering.gather(envelope(body, sender(site))))


class ScansQuery(http.FeedPage):
    """Which scans."""

    outcome = ma.fields.String(validate=ma.validate.OneOf(["posted", "noted", "refused"]))
    unresolved = ma.fields.Boolean(metadata={"description": "only those that wait for a person"})


class ScanRowSchema(ma.Schema):
    """A scan: what was said, and how it was read."""

    journal = ma.fields.Integer(required=True)
    id = ma.fields.String(required=True)
    device = ma.fields.String(required=True, allow_none=True)
    stream = ma.fields.String(required=True, allow_none=True)
    seq = ma.fields.Integer(required=True, allow_none=True)
    task = ma.fields.String(required=True, validate=ma.validate.OneOf(TASKS))
    scanned_at = ma.fields.String(required=True, metadata={"description": "when the device says; `said` has its words"})
    received_at = ma.fields.String(required=True)
    occurred_at = ma.fields.String(required=True)
    uncertainty_ms = ma.fields.Integer(required=True)
    barcode = ma.fields.String(required=True, allow_none=True)
    location = ma.fields.String(required=True, allow_none=True)
    other = ma.fields.String(required=True, allow_none=True, metadata={"description": "target or origin"})
    sku = ma.fields.String(required=True, allow_none=True)
    lot = ma.fields.String(required=True)
    quantity = ma.fields.String(required=True, allow_none=True)
    operator = ma.fields.String(required=True, allow_none=True)
    person = ma.fields.String(required=True, allow_none=True)
    sheet = ma.fields.String(required=True, allow_none=True)
    voids = ma.fields.String(required=True, allow_none=True)
    via = ma.fields.String(required=True, allow_none=True)
    outcome = ma.fields.String(required=True, validate=ma.validate.OneOf(["posted", "noted", "refused"]))
    reason = ma.fields.String(required=True, allow_none=True)
    warnings = ma.fields.List(ma.fields.String(), required=True)
    resolution = ma.fields.Dict(required=True, allow_none=True)
    said = ma.fields.Dict(required=True, metadata={"description": "the scan as it was sent"})


class ScansSchema(http.Listed):
    """Scans in the order of the journal."""

    rows = ma.fields.List(ma.fields.Nested(ScanRowSchema))


@blueprint.get("/api/v1/scans")
@blueprint.arguments(ScansQuery, location="query")
@blueprint.response(200, ScansSchema)
@http.errors("epoch_changed", "not_found", "site_required")
@allow(*OFFICE)
def get_scans(query: dict[str, object]) -> Response:
    """List scans after a journal number."""
    with reading() as tx:
        site_id = access.site_for(tx, query.get("site"))  # type: ignore[arg-type]
        http.same_epoch(tx, query.get("epoch"))  # type: ignore[arg-type]
        since, limit = query["since"], query["limit"]
        rows = listing.after(tx, site_id, since, limit, query.get("outcome"), bool(query.get("unresolved")))  # type: ignore[arg-type]
        return http.answer(http.listed(tx, rows, rows[-1]["journal"] if rows else since, site_id))


class CarriedLine(ma.Schema):
    """What became of one line of a courier file: the answer to its envelope, or the problem with it."""

    line = ma.fields.Integer(required=True)
    device = ma.fields.String(allow_none=True)
    answer = ma.fields.Nested(AnswerSchema)
    problem = ma.fields.Dict()


class Carried(ma.Schema):
    """What became of a courier file."""

    lines = ma.fields.Integer(required=True)
    recorded = ma.fields.Integer(required=True)
    duplicate = ma.fields.Integer(required=True)
    conflict = ma.fields.Integer(required=True)
    malformed = ma.fields.Integer(required=True)
    rejected = ma.fields.Integer(required=True, metadata={"description": "lines that are no envelope of a device here"})
    rows = ma.fields.List(ma.fields.Nested(CarriedLine), required=True)


@blueprint.post("/api/v1/imports/scans")
@blueprint.doc(
    requestBody={
        "required": True,
        "content": {"application/x-ndjson": {"schema": {"type": "string"}}, "application/json": {"schema": {"type": "object"}}},
    }
)
@blueprint.response(200, Carried)
@http.errors("bad_file", "too_large", "unsupported_media_type", "bad_json")
@http.costly
@allow("supervisor")
def post_courier() -> Response:
    """Import a queue that was carried as a file: JSON lines, each an envelope with `device` (its name, id, or what its claim answered)."""
    if request.mimetype not in ("application/x-ndjson", "application/jsonl", "application/json", "text/plain", "application/octet-stream"):
        raise Problem("unsupported_media_type", "Send JSON lines as application/x-ndjson.")
    return http.answer(carrying.carry(http.body(MAX_IMPORT), access.caller(), envelope))


class ProofSchema(StreamSchema):
    """The proof of a stream, and the incarnation of the database."""

    epoch = ma.fields.String(required=True)
    code = ma.fields.String(required=True, metadata={"description": "the shift code of what is held"})


@blueprint.get("/api/v1/streams/<stream>/proof")
@blueprint.response(200, ProofSchema)
@allow(DEVICE, "operator", *OFFICE)
def get_proof(stream: str) -> Response:
    """Prove what is held of a stream; zeros for an unknown one."""
    if not UUID.fullmatch(stream):
        raise Problem("bad_request", "The stream is no UUID.")
    caller = access.caller()
    with reading() as tx:
        (found,) = look(tx, streaming.states_of(tx, [stream.lower()]))
        state = next((one for one in found.get(stream.lower(), []) if one.id == stream.lower()), None)
        if state is None:
            state = State(stream.lower(), 0, None)
        elif caller.site_id not in (None, state.site_id) or (caller.kind == DEVICE and state.device_id != caller.device_id):
            raise Problem("forbidden", "Not a stream of yours.")
        epoch = instance.epoch(tx)
        code = shiftcodes.code(state.id, state.held, state.xor, epoch)
        (proofs,) = look(tx, streaming.proofs_of(tx, [state]))
        return http.answer({"epoch": epoch, "code": code, **proofs[state.id]})


class ShiftOperatorSchema(ma.Schema):
    """Whose scans they are."""

    operator = ma.fields.String(required=True, allow_none=True)
    scans = ma.fields.Integer(required=True)


class ShiftCodeSchema(ma.Schema):
    """What a shift code proves: the server held `held` scans of this stream, and the device had made exactly these."""

    device = ma.fields.String(required=True, allow_none=True)
    stream = ma.fields.String(required=True)
    held = ma.fields.Integer(required=True)
    since = ma.fields.Integer(required=True, metadata={"description": "scans of the stream that arrived later"})
    epoch = ma.fields.String(required=True)
    last_received_at = ma.fields.String(required=True, allow_none=True)
    operators = ma.fields.List(ma.fields.Nested(ShiftOperatorSchema), required=True)


@blueprint.get("/api/v1/shift-codes/<code>")
@blueprint.arguments(http.SiteQuery, location="query")
@blueprint.response(200, ShiftCodeSchema)
@http.errors("not_found", "site_required")
@allow(*OFFICE)
def get_shift_code(query: dict[str, str | None], code: str) -> Response:
    """Look up the code of an end-of-shift receipt, as it was read out: `O` is 0, `I` and `L` are 1, hyphens don't count."""
    said = shiftcodes.read(code)
    if said is None:
        raise Problem("bad_request", "That is no shift code: it has eight characters, and the last one checks the others.")
    with reading() as tx:
        found = proving.find(tx, access.site_for(tx, query.get("site")), said)
    if found is None:
        raise Problem("not_found", "No device here ever stood so: the code is of another site, of before a restore, or too old.")
    return http.answer(found)


class ResolutionSchema(http.Strict):
    """What a person decides about a refused scan: what was meant, or to dismiss it."""

    product = http.Text(BARCODE)
    location = http.Text(CODE)
    lot = http.Text(CODE)
    accept = Flag()
    dismiss = Flag()
    reason = http.Text(2000, load_default="")


class ResolvedSchema(ma.Schema):
    """A resolution."""

    scan = ma.fields.String()
    outcome = ma.fields.String()
    decision = ma.fields.Dict()
    reason = ma.fields.String()
    at = ma.fields.String()
    warnings = ma.fields.List(
        ma.fields.String(), metadata={"description": "`other_product`: it brought another one to where only one may be"}
    )


@blueprint.post("/api/v1/scans/<scan>/resolution")
@blueprint.arguments(ResolutionSchema, location="json")
@blueprint.response(200, ResolvedSchema)
@http.errors("not_refused", "still_refused")
@allow("supervisor")
def post_resolution(decision: dict[str, object], scan: str) -> Response:
    """Resolve a refused scan; its moves take the scan's own time."""
    if not UUID.fullmatch(scan):
        raise Problem("not_found")
    reason = str(decision.pop("reason"))
    chosen = {k: v for k, v in decision.items() if v}
    if not chosen or ("dismiss" in chosen and len(chosen) > 1):
        raise Problem("bad_request", "Say either what was meant (product, location, lot, accept) or dismiss.")
    return http.answer(resolving_.resolve(access.caller(), scan.lower(), chosen, reason))
