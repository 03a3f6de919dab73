"""Lots: what there is of each, which are held and why, what expires when, which to pick first."""
