"""How rates are written."""

import math
from collections.abc import Callable

from likeness.evaluation.rates import ERRORS_NEEDED
from likeness.evaluation.results import Calibrated, Doubtful, Estimate, Stratum

Form = Callable[[float], str]
UNKNOWN = "-"
QUALITIES = {
    "face_width_px": "face width (pixels)",
    "sharpness": "blur (sharpness)",
    "brightness": "light (brightness)",
    "contrast": "light (contrast)",
    "landmark_spread": "landmark spread",
    "frontalness": "pose (frontalness)",
    "mirror_similarity": "mirror similarity",
}
"""What the qualities are called; others go by their field's name."""


def percent(value: float) -> str:
    """A share as per cent, to a tenth; to two digits below one."""
    if not math.isfinite(value):
        return UNKNOWN
    return f"{value:.1%}" if value == 0 or value >= 0.01 else f"{100 * value:.2g}%"  # noqa: PLR2004 - one per cent


def rate(value: float) -> str:
    """A false-match rate: `1.2e-5`."""
    if not math.isfinite(value):
        return UNKNOWN
    digits, _, power = f"{value:.1e}".partition("e")
    return f"{digits}e{int(power)}" if value else "0"


def ratio(value: float) -> str:
    """How many times as much."""
    return f"{value:.2f}x" if math.isfinite(value) else UNKNOWN


def span(estimate: Estimate, form: Form) -> str:
    """The interval: `4.1% to 6.0%`."""
    return f"{form(estimate.low)} to {form(estimate.high)}" if math.isfinite(estimate.low) else UNKNOWN


def starred(estimate: Estimate, form: Form) -> str:
    """The value, with a star where the data cannot support it."""
    return form(estimate.value) + ("" if estimate.supported or not math.isfinite(estimate.value) else " *")


def with_interval(estimate: Estimate, form: Form) -> str:
    """Value and interval: `5.0% (4.1% to 6.0%)`."""
    return f"{starred(estimate, form)} ({span(estimate, form)})"


def whose(calibration: Calibrated | None) -> str:
    """Whose thresholds are checked: `shipped thresholds`."""
    return "operator's own thresholds" if calibration and calibration.own else "shipped thresholds"


def made_of(calibration: Calibrated) -> str:
    """The data set of a calibration, and its size as far as it is known."""
    sizes = ((calibration.pictures, "pictures"), (calibration.people, "people"))
    return ", ".join([calibration.data_set, *(f"{count:,} {what}" for count, what in sizes if count is not None)])


def same_data(calibration: Calibrated | None) -> str:
    """A warning where thresholds are checked on what they were made of; else empty."""
    if calibration is None or not calibration.same_data:
        return ""
    return (
        f"Warning: the {whose(calibration)} seem to be calibrated on these very pictures ({made_of(calibration)}). The "
        "rates at them look better than they are: evaluate on people that the calibration has not seen."
    )


def counted(stratum: Stratum, nominal: str) -> str:
    """A third's FMR, with a star where too few strangers matched to support it, and how many did: `1.2e-4 (31)`."""
    matches = stratum.false_matches[nominal]
    supported = matches >= ERRORS_NEEDED or not math.isfinite(stratum.fmr[nominal])
    return f"{rate(stratum.fmr[nominal])}{'' if supported else ' *'} ({matches:,})"


def stricter(doubtful: Doubtful) -> str:
    """What the thresholds for doubtful pictures are, and how many comparisons they concern."""
    measure = QUALITIES.get(doubtful.measure, doubtful.measure)
    scores = ", ".join(f"{score:.4f} at {nominal}" for nominal, score in doubtful.scores.items())
    return (
        f"Comparisons with a doubtful picture, one whose {measure} is below {doubtful.below:g}, are held to stricter "
        f"thresholds: {scores}. That concerns {doubtful.pictures:,} pictures, {doubtful.genuine:,} comparisons of one "
        f"person and {doubtful.impostors:,} of strangers; the rates at the calibration's thresholds count them so."
    )
