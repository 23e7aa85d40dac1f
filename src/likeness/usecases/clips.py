"""What the calls that take a clip have in common."""

from dataclasses import asdict

from likeness.domain.capture import ClipObservation


def similarities(clip: ClipObservation) -> tuple[float, ...]:
    """Of the frames with a face to the best one, in order of time."""
    return tuple(frame.similarity for frame in clip.frames if frame.similarity is not None)


def seen(clip: ClipObservation) -> dict[str, object]:
    """A clip's figures for the record: everything but pictures and templates."""
    return {
        "duration_s": clip.duration_s,
        "width_px": clip.width_px,
        "height_px": clip.height_px,
        "quality": asdict(clip.quality) if clip.quality else None,
        "genuineness": [asdict(score) for score in clip.genuineness],
        "frames": [asdict(frame) for frame in clip.frames],
    }
