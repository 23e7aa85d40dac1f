"""Fits what foretells sound from a mouth, derives the thresholds of lip-sync, and measures both; see `__main__`."""
