"""Attack simulators written apart from those that detectors are trained with, to test the detectors on only.

Nothing here may be used in training or in choosing a threshold, and nothing here reads the other simulators.
"""
