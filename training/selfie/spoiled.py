"""What the limits are good for: good portraits blurred, darkened, bleached and faded, and how many are refused then."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from rich.progress import track

from likeness.domain.face import ImageArray
from likeness.domain.selfie import SelfieThresholds
from training.observe import PackReader
from training.pictures import Picture, read
from training.selfie.material import QUALITIES, look

Spoil = Callable[[ImageArray, float], ImageArray]
"""From a picture, and the width of its face in pixels."""

BLURS = (0.01, 0.02, 0.03, 0.04, 0.06, 0.08)
"""Standard deviation of a Gaussian blur, in widths of the face's square."""
DARKER = (0.6, 0.4, 0.3, 0.2)
BRIGHTER = (1.5, 2.0, 2.5)
FADED = (0.6, 0.4, 0.25)
"""Of what differs from the picture's mean, the part that is left."""


def refused(pictures: list[Picture], readers: dict[str, PackReader], selfie: SelfieThresholds) -> dict[str, Any]:
    """By pack and way of spoiling: the share refused as front faces by quality, and the cosine to the whole picture."""
    answer: dict[str, Any] = {}
    for pack, reader in readers.items():
        rows: dict[str, list[tuple[bool, float]]] = {name: [] for name in ways()}
        for picture in track(pictures, description=f"spoiled, {pack:12}"):
            whole = read(picture.path)
            seen = look(whole, reader)
            if not seen["count"]:
                continue
            for name, spoil in ways().items():
                row = look(spoil(whole, float(seen["quality"][0])), reader)
                near = float(row["vector"] @ seen["vector"]) if row["count"] else 0.0
                rows[name].append((not row["count"] or _is_refused(row, selfie), near))
        answer[pack] = {
            name: {
                "faces": len(each),
                "refused": round(float(np.mean([out for out, _ in each])), 4),
                "median_cosine_to_the_whole": round(float(np.median([near for _, near in each])), 4),
            }
            for name, each in rows.items()
        }
    return answer


def ways() -> dict[str, Spoil]:
    """Every way of spoiling a picture, by name."""
    made: dict[str, Spoil] = {f"blurred by {part:.0%} of the face": _blur(part) for part in BLURS}
    made |= {f"light times {gain}": _light(gain) for gain in (*DARKER, *BRIGHTER)}
    return made | {f"contrast times {part}": _fade(part) for part in FADED}


def _blur(part: float) -> Spoil:
    return lambda pixels, width_px: np.asarray(cv2.GaussianBlur(pixels, (0, 0), part * width_px), np.uint8)


def _light(gain: float) -> Spoil:
    return lambda pixels, _: np.asarray(cv2.convertScaleAbs(pixels, alpha=gain), np.uint8)


def _fade(part: float) -> Spoil:
    return lambda pixels, _: (pixels.mean() + part * (pixels - pixels.mean())).astype(np.uint8)


def _is_refused(row: dict[str, Any], selfie: SelfieThresholds) -> bool:
    quality = dict(zip(QUALITIES, row["quality"].tolist(), strict=True))
    lit = selfie.front_min_brightness <= quality["brightness"] <= selfie.front_max_brightness
    return bool(quality["sharpness"] < selfie.front_sharpness or not lit or quality["contrast"] < selfie.front_contrast)
