"""Detectors of attacks: each tells one kind from live faces, and what it saw that speaks for it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from likeness.domain.capture import DetectorScore
from likeness.domain.face import Box, ImageArray
from likeness.domain.series import LumaSeries
from likeness.models.attack_network import AttackNetwork, Views
from likeness.models.banding import BandingRegression
from likeness.models.onnx import Session
from likeness.models.replay_features import describe

REASONS = {
    "screen": {"texture": "screen texture", "surroundings": "bezel"},
    "print": {"texture": "halftone", "surroundings": "paper edge"},
    "cutout": {"texture": "paper face", "surroundings": "paper outline"},
    "generated": {"texture": "upsampling spectrum", "surroundings": "generated surroundings"},
}
"""What each view of a network is trained to see; the names under which it speaks for an attack."""
HALVED_OVER_PX = 350
"""Width of a face over which the picture is halved first: what the crops keep of it is the same, at less work."""
LOG_ODDS_MAX = 12.0
"""Scores are kept this far from 0 and 1, so that no single frame outweighs all others."""


class Genuineness(Protocol):
    """Judges frames, and what a clip of them adds."""

    def look(self, image: ImageArray, box: Box) -> tuple[DetectorScore, ...]:
        """One score per detector for a face of a picture.

        Args:
            image: (height, width, 3), uint8, RGB, upright, with as much around the face as there is.
            box: the face's dlib-like square, in pixels of the picture.
        """

    def over_time(self, series: LumaSeries | None) -> dict[str, dict[str, float]]:
        """Log-odds that a clip's series adds to a detector's, by detector and reason."""


class AttackDetectors:
    """The project's own detectors: for screens, prints, cut-out masks and generated faces.

    Args:
        paths: the networks, `<detector>.onnx` each, and two regressions that help to tell screens: `replay.onnx`, by a
            frame, and `banding.onnx`, by a clip's series.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        by_name = {path.stem: path for path in paths}
        self._replay = ReplayRegression(by_name.pop("replay"))
        self._banding = BandingRegression(by_name.pop("banding"))
        self._networks = {name: AttackNetwork(path) for name, path in by_name.items()}

    def look(self, image: ImageArray, box: Box) -> tuple[DetectorScore, ...]:
        """One score per detector for a face of a picture; see `Genuineness`."""
        while box.width_px > HALVED_OVER_PX:
            image = np.asarray(cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
            box = box.scaled(0.5)
        views = Views.of(image, box)
        scores = []
        for name, network in self._networks.items():
            evidence = dict(zip(REASONS[name].values(), network.evidence(views).tolist(), strict=True))
            if name == "screen":
                evidence |= self._replay.evidence(views.texture)
            reason = max(evidence, key=evidence.__getitem__)
            scores.append(DetectorScore(name, to_score(sum(evidence.values())), reason))
        return tuple(scores)

    def over_time(self, series: LumaSeries | None) -> dict[str, dict[str, float]]:
        """What rolling bands add to `screen`, never against it; see `Genuineness`."""
        return {"screen": self._banding.evidence(series)}


class ReplayRegression:
    """Tells a face on a screen from a face by its spectrum, moire and colours (see genuineness/MODEL_CARD.md).

    The network maps `features` (n,) float32 to (groups,): what each group of features, in the order of `describe`,
    adds in log-odds.
    """

    def __init__(self, path: Path) -> None:
        self._session = Session(path)

    def evidence(self, texture: ImageArray) -> dict[str, float]:
        """Log-odds that each group of features adds, of `Views.texture`."""
        groups = describe(texture)
        result = self._session.run(features=np.concatenate(list(groups.values())))
        return {name: float(value) for name, value in zip(groups, result, strict=True)}


def to_score(log_odds: float) -> float:
    """A score from 0 to 1."""
    return float(1 / (1 + np.exp(-np.clip(log_odds, -LOG_ODDS_MAX, LOG_ODDS_MAX))))


def to_log_odds(score: float) -> float:
    """The log-odds of a score."""
    limit = to_score(-LOG_ODDS_MAX)
    kept = min(max(score, limit), 1 - limit)
    return float(np.log(kept / (1 - kept)))


class SecondOpinion:
    """The project's own detectors, and a second opinion on screens by another pack's.

    Both look at different things and were taught with different data, so their log-odds on screens add up; alone, the
    second takes many a portrait for a screen where little is to be seen around the face.
    """

    def __init__(self, own: Genuineness, second: Genuineness) -> None:
        self._own = own
        self._second = second

    def look(self, image: ImageArray, box: Box) -> tuple[DetectorScore, ...]:
        """The own scores, and the second one with the log-odds of `screen` added; see `Genuineness`."""
        own, (second,) = self._own.look(image, box), self._second.look(image, box)
        (screen,) = (score for score in own if score.detector == "screen")
        both = to_score(to_log_odds(screen.score) + to_log_odds(second.score))
        return (*own, DetectorScore(second.detector, both, second.reason))

    def over_time(self, series: LumaSeries | None) -> dict[str, dict[str, float]]:
        """What the series adds to `screen`; see `Genuineness`."""
        return self._own.over_time(series)


def over_frames(
    frames: Sequence[Sequence[DetectorScore]], added: Mapping[str, Mapping[str, float]]
) -> tuple[DetectorScore, ...]:
    """Each detector's score for a clip: the mean of its frames' log-odds, and what the clip's series adds.

    The reason is that of the frame that speaks loudest, or what the series adds where that is more than the frames say.

    Args:
        frames: of each frame with a face, one score per detector, in the same order.
        added: from `Genuineness.over_time`.
    """
    overall = []
    for of_one in zip(*frames, strict=True):
        loudest = max(of_one, key=lambda score: score.score)
        mean = float(np.mean([to_log_odds(score.score) for score in of_one]))
        evidence = added.get(loudest.detector, {})
        most = max(evidence, key=evidence.__getitem__, default=None)
        reason = most if most and evidence[most] > max(mean, 0.0) else loudest.reason
        overall.append(DetectorScore(loudest.detector, to_score(mean + sum(evidence.values())), reason))
    return tuple(overall)
