"""Trains and measures the detector of faces shown on a screen: `python -m training.genuineness --data DIR`."""
