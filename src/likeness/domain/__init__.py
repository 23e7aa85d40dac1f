"""Frozen types and pure functions; depends on nothing but numpy."""
