"""Tamper evidence: the rows of each journal that never change are sealed in a chain of hashes, whose newest leaves the server."""
