"""What an evaluation found: what the command prints, and what the report shows."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Estimate:
    """A rate with its 95 % interval; NaN where there is nothing to tell.

    supported: whether the data hold enough independent errors, `rates.ERRORS_NEEDED`, to rely on it.
    """

    value: float
    low: float
    high: float
    supported: bool


@dataclass(frozen=True, slots=True)
class Calibrated:
    """The calibration whose thresholds are checked.

    own: the operator's own, not the pack's. people, pictures: of its data set; None where the file does not say.
    sha256: of the file. same_data: whether it seems to be made of the very pictures that are evaluated on.
    """

    own: bool
    data_set: str
    people: int | None
    pictures: int | None
    sha256: str
    same_data: bool


@dataclass(frozen=True, slots=True)
class Made:
    """By what and on what an evaluation was made.

    calibrated_on, calibration: None for a pack without one. source: the folder or the list. units: what is drawn anew.
    """

    at: str
    software: str
    command: str
    pack: str
    model_digests: dict[str, str]
    calibrated_on: str | None
    calibration: Calibrated | None
    source: str
    units: str
    resamples: int
    seed: int


@dataclass(frozen=True, slots=True)
class Data:
    """The data set; people is 0 where they are not known. not_centred: pictures left out on request."""

    pictures: int
    people: int
    pictures_per_person: tuple[int, int, int]
    several_faces: int
    not_centred: int
    genuine: int
    impostors: int


@dataclass(frozen=True, slots=True)
class Acquisition:
    """Pictures without a template: how many for which reason, and the rate among all that were tried."""

    failures: dict[str, int]
    rate: Estimate


@dataclass(frozen=True, slots=True)
class AtRate:
    """The least FNMR at an FMR measured on this data, and the score which gives it."""

    fmr: str
    weighing: str
    score: float
    fnmr: Estimate
    false_matches: int
    independent_errors: float


@dataclass(frozen=True, slots=True)
class AtThreshold:
    """Both rates at a threshold of the calibration, whose nominal rate is `nominal`; score: the lowest that can match.

    Comparisons with a doubtful picture need `Doubtful.scores` instead, and count at that.
    """

    nominal: str
    weighing: str
    score: float
    fmr: Estimate
    ratio: float
    fnmr: Estimate
    false_matches: int
    independent_errors: float


@dataclass(frozen=True, slots=True)
class Doubtful:
    """Comparisons that the calibration's thresholds for doubtful pictures concern.

    measure, below: the quality, and the value under which a picture is doubtful. scores: the lowest that can match, by
    nominal rate. pictures, genuine, impostors: doubtful pictures, and comparisons of which one at least is doubtful.
    """

    measure: str
    below: float
    scores: dict[str, float]
    pictures: int
    genuine: int
    impostors: int


@dataclass(frozen=True, slots=True)
class Stratum:
    """Comparisons whose worse picture is in the best, middle or worst third of a quality.

    span: the values of the third, in words. fnmr, fmr, false_matches: by nominal rate of the threshold.
    """

    quality: str
    third: str
    span: str
    genuine: int
    impostors: int
    fnmr: dict[str, Estimate]
    fmr: dict[str, float]
    false_matches: dict[str, int]


@dataclass(frozen=True, slots=True)
class Fused:
    """Templates fused from several pictures against one picture of the same people: FNMR and FMR by nominal rate.

    At `one_` the first picture alone is the template. `at_own`: FNMR by FMR measured on these very comparisons.
    """

    pictures: int
    people: int
    probes: int
    fnmr: dict[str, float]
    one_fnmr: dict[str, float]
    fmr: dict[str, float]
    one_fmr: dict[str, float]
    at_own: dict[str, float]
    one_at_own: dict[str, float]


@dataclass(frozen=True, slots=True)
class WorstPair:
    """Two pictures by path, relative to the source where they lie in it."""

    score: float
    confidence: float | None
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class Curve:
    """A DET curve: thresholds and rates from loose to strict."""

    weighing: str
    score: tuple[float, ...]
    fmr: tuple[float, ...]
    fnmr: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Histogram:
    """How many comparisons score in each of equally wide bins from -1 to 1."""

    genuine: tuple[int, ...]
    impostors: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything."""

    made: Made
    data: Data
    acquisition: Acquisition
    at_rates: tuple[AtRate, ...]
    at_thresholds: tuple[AtThreshold, ...]
    doubtful: Doubtful | None
    strata: tuple[Stratum, ...]
    fused: tuple[Fused, ...]
    highest_impostors: tuple[WorstPair, ...]
    lowest_genuine: tuple[WorstPair, ...]
    curves: tuple[Curve, ...]
    histogram: Histogram
