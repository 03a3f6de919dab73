"""A scan as the wire has it: its schema, and the reader that is compiled from it. Pure."""

import marshmallow as ma

from app.compiling import compiled
from app.fields import Amount, Flag, Moment, UuidText, Whole, Word
from app.scans.said import TASKS, VIA

CODE, BARCODE = 128, 8192


class ScanSchema(ma.Schema):
    """One trigger pull. Which fields a task needs is in the contract; fields it doesn't use are kept and ignored."""

    class Meta:
        unknown = ma.EXCLUDE

    id = UuidText(required=True)
    task = Word(10, TASKS, required=True)
    scanned_at = Moment(required=True)
    seq = Whole(load_default=None, allow_none=True)
    location = Word(CODE, load_default=None, allow_none=True)
    barcode = Word(BARCODE, load_default=None, allow_none=True)
    quantity = Amount(load_default=None, allow_none=True)
    target = Word(CODE, load_default=None, allow_none=True)
    origin = Word(CODE, load_default=None, allow_none=True)
    sheet = Word(CODE, load_default=None, allow_none=True)
    operator = Word(CODE, load_default=None, allow_none=True)
    via = Word(CODE, load_default=None, allow_none=True, metadata={"description": f"one of {', '.join(VIA)}; others are kept"})
    symbology = Word(CODE, load_default=None, allow_none=True)
    lot = Word(CODE, load_default=None, allow_none=True)
    reason_code = Word(CODE, load_default=None, allow_none=True)
    complete = Flag(load_default=None, allow_none=True)
    voids = UuidText(load_default=None, allow_none=True)


schema = ScanSchema()
read_fast = compiled(schema)
