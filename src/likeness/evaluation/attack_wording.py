"""How figures of the detection of attacks are written."""

from likeness.domain.verdict import FaceGenuineness
from likeness.evaluation.attack_results import GenuinenessEvaluation, Headline, Rate, Wrong
from likeness.evaluation.attacks import ATTACKS, Kind, Unit
from likeness.evaluation.wording import UNKNOWN, percent, span, starred

KINDS = {
    Kind.LIVE: "live people",
    Kind.REPLAY: "replay on a screen",
    Kind.PRINT: "print",
    Kind.MASK: "mask",
    Kind.GENERATED: "generated face",
}
UNITS = {Unit.CLIP: "Clips", Unit.PICTURE: "Pictures"}
OUTCOMES = {
    "NO_FACE": "no face found",
    "FACE_IN_FEW_FRAMES": "a face in too few frames",
    "SEVERAL_PEOPLE": "several faces, none clearly the largest",
    "LOW_FACE_QUALITY": "the face too small, blurred, dark, bright or flat",
    "FACE_INCONSISTENT": "not one person throughout",
    "IMAGE_FORMAT": "not a picture, or a damaged one",
    "IMAGE_SIZE": "over 4096 pixels wide or high",
    "VIDEO_FORMAT": "not a clip, a damaged one, or too long to be read",
    "TOO_LARGE": "larger than any upload may be",
    "UNREADABLE": "the file cannot be read",
    "ENGINE": "the worker failed, or took too long",
}


def error_name(kind: str) -> str:
    """APCER of an attack, BPCER of live people."""
    return "BPCER" if kind == Kind.LIVE else "APCER"


def told(rate: Rate | None) -> str:
    """Value and interval, `5.0% (4.1% to 6.0%)`; nothing where nothing was judged."""
    return f"{starred(rate, percent)} ({span(rate, percent)})" if rate and rate.of else UNKNOWN


def counts(rate: Rate) -> str:
    """How many of how many: `3 of 40`."""
    return f"{rate.errors:,} of {rate.of:,}"


def basis(rate: Rate) -> str:
    """What the interval was drawn from: `9 sources`, or `40 files` that count as independent."""
    if rate.interval == "sources":
        return f"{rate.sources:,} sources"
    return f"{rate.of:,} file{'' if rate.of == 1 else 's'}"


def ranked(value: float | None) -> str:
    """An AUC to three digits."""
    return UNKNOWN if value is None or value != value else f"{value:.3f}"  # noqa: PLR0124 - NaN


def listed(numbers: dict[str, int], words: dict[str, str] | None = None) -> str:
    """Names and how often: `3 MASK, 2 PASSED`."""
    return ", ".join(f"{count:,} {(words or {}).get(name, name)}" for name, count in numbers.items()) or "none"


def headline(here: Headline) -> str:
    """The standard's two figures, as a sentence."""
    attacks = f"APCER {told(here.apcer)}, of the worst kind, {KINDS[Kind(here.worst)]}" if here.worst else "no attacks"
    live = f"BPCER {told(here.bpcer)}" if here.bpcer else "no live people"
    return f"{UNITS[Unit(here.unit)]}: {attacks}; {live}."


def called(wrong: Wrong) -> str:
    """What came nearest to naming an attack, or named one: `screen .71 against .84, moire`."""
    name = "" if wrong.verdict == FaceGenuineness.PASSED else f"{wrong.verdict}: "
    return f"{name}{wrong.detector} {wrong.score:.4f} against {wrong.threshold:.4f}, {wrong.reason}"


def units_in(found: GenuinenessEvaluation) -> list[str]:
    """Of which something was judged, clips first."""
    return [unit for unit in Unit if any(it.unit == unit for it in found.headlines)]


def ranked_in(found: GenuinenessEvaluation, unit: str) -> list[str]:
    """The kinds of attack of which there is an AUC."""
    here = [it.auc for it in found.detectors if it.unit == unit]
    return [kind for kind in ATTACKS if any(kind in auc for auc in here)]
