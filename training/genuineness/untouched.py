"""Clips and full-frame pictures on which nothing was trained, tuned or chosen, through the packs as they are served."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from likeness.domain.capture import ClipRequest, DetectorScore, ImageRequest
from likeness.domain.decision import judge_clip
from likeness.domain.errors import LikenessError
from likeness.domain.genuineness import GenuinenessThresholds, Level
from likeness.domain.thresholds import shipped_thresholds
from likeness.models import packs
from likeness.pipeline.stages import Pipelines, load_pipelines

PACKS = ("default", "mobile")


def untouched(data: Path, models: Path, limits: Mapping[str, Mapping[str, float]]) -> dict[str, list[dict[str, Any]]]:
    """Scores, reasons and verdicts of each file, by pack.

    Clips of any duration are taken; the people of `_k` and `_t` are those of two replay sources, of which the networks
    have seen other pictures.
    """
    thresholds = GenuinenessThresholds({name: {Level(k): v for k, v in each.items()} for name, each in limits.items()})
    files = [*sorted((data / "clips").glob("*")), *sorted((data / "edge" / "silentface").glob("image_??.jpg"))]
    out = {}
    for pack in PACKS:
        pipelines = load_pipelines(packs.paths(packs.load(pack), models))
        out[pack] = [_row(path, pipelines, thresholds) for path in files]
    return out


def _row(path: Path, pipelines: Pipelines, thresholds: GenuinenessThresholds) -> dict[str, Any]:
    scores, refusal = _looked_at(path, pipelines)
    return {
        "file": f"{path.parent.name}/{path.name}",
        "attack": path.stem.startswith("replay") or "_F" in path.stem,
        "refusal": refusal,
        "scores": {it.detector: round(it.score, 4) for it in scores},
        "reasons": {it.detector: it.reason for it in scores},
        "verdicts": {level.value: thresholds.judge(scores, level)[0].value for level in Level} if scores else {},
    }


def _looked_at(path: Path, pipelines: Pipelines) -> tuple[tuple[DetectorScore, ...], str | None]:
    """The scores, and the error of a clip that is refused before they count."""
    data = path.read_bytes()
    if path.suffix == ".jpg":
        return pipelines.image.observe(data, ImageRequest(genuineness=True), lambda _: None).genuineness, None
    clip = pipelines.clip.observe(data, ClipRequest(any_duration=True), lambda _: None)
    try:
        judge_clip(clip, shipped_thresholds())
    except LikenessError as error:
        return clip.genuineness, type(error).__name__
    return clip.genuineness, None
