"""How fast ScanLedger is, always as a ratio to something measured beside it: `python -m bench`."""

from bench import (
    app,
    draining,
    exporting,
    growth,
    gs1,
    importing,
    ingest,
    masters,
    resending,
    reviewing,
    sealing,
    single,
    validation,
    waiting,
)

BENCHES = {
    "ingest": ingest,
    "sealing": sealing,
    "gs1": gs1,
    "validation": validation,
    "resending": resending,
    "single": single,
    "growth": growth,
    "exporting": exporting,
    "masters": masters,
    "reviewing": reviewing,
    "imports": importing,
    "waiting": waiting,
    "draining": draining,
    "app": app,
}
