"""Trains and measures the recogniser of spoken digits."""
