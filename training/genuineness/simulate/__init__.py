"""Simulators of attacks that the detectors are trained on; those of `training.genuineness.independent` only test them.

All work on a `Scene` of any length, with one set of random parameters for all of its frames, and leave compression to
`training.genuineness.camera`, which treats bona fide and attack alike.
"""
