"""Humans, what they may do, and how they prove who they are."""
