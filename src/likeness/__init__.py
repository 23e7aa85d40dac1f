"""Likeness: self-hosted face verification over the FaceID Raw wire protocol."""
