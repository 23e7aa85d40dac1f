"""What the calls that take a picture have in common."""

from dataclasses import asdict

from likeness.domain.capture import ImageObservation


def seen(image: ImageObservation) -> dict[str, object]:
    """A picture's figures for the record: no picture, no template, nothing that its file says."""
    return {
        "width_px": image.width_px,
        "height_px": image.height_px,
        "turned_deg": image.turned_deg,
        "faces": [asdict(box) for box in image.faces],
        "quality": asdict(image.quality) if image.quality else None,
        "chroma": image.chroma,
        **({"pose": asdict(image.pose)} if image.pose else {}),
        **({"genuineness": [asdict(score) for score in image.genuineness]} if image.genuineness else {}),
    }
