"""How fast ScanLedger is, always as a ratio to something measured beside it: `python -m bench`."""

from bench import ingest, resending, validation

BENCHES = {"ingest": ingest, "validation": validation, "resending": resending}
