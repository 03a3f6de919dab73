"""How fast ScanLedger is, always as a ratio to something measured beside it: `python -m bench`."""

from bench import app, draining, exporting, growth, ingest, masters, resending, single, validation

BENCHES = {
    "ingest": ingest,
    "validation": validation,
    "resending": resending,
    "single": single,
    "growth": growth,
    "exporting": exporting,
    "masters": masters,
    "draining": draining,
    "app": app,
}
