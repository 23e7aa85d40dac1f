"""Recipes for everything that comes from data; see docs/accuracy.md and docs/genuineness.md."""
