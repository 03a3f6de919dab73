"""How fast ScanLedger is, always as a ratio to something measured beside it: `python -m bench`."""
