"""What an evaluation of genuineness found: what the command prints, and what the report shows.

Terms are those of ISO/IEC 30107-3. In dictionaries keys are kinds (`live`, `replay`, ...) and levels (`normal`, ...).
"""

from dataclasses import dataclass

from likeness.evaluation.results import Estimate


@dataclass(frozen=True, slots=True)
class Rate(Estimate):
    """`errors` of `of` presentations, with the interval of 95 % and how it was come by.

    interval: `sources` where they are what counts as independent, `presentations` where each file does (Wilson); see
    `attack_rates.rate_of`.
    supported: whether there are `rates.ERRORS_NEEDED` errors.
    """

    errors: int
    of: int
    sources: int
    interval: str


@dataclass(frozen=True, slots=True)
class AttacksMade:
    """By what and on what an evaluation was made.

    thresholds: by detector and level. source: the folder, as `dataset.spelt` writes it. level: whose errors are listed.
    """

    at: str
    software: str
    command: str
    pack: str
    model_digests: dict[str, str]
    thresholds: dict[str, dict[str, float]]
    source: str
    level: str
    resamples: int
    seed: int


@dataclass(frozen=True, slots=True)
class Files:
    """The files of one kind and unit: `judged`; `refused` before that, by reason; `damaged`, which count nowhere else.

    non_response: share of the presentations that are refused before they are judged (APNRR, of live people BPNRR).
    """

    unit: str
    kind: str
    sources: int
    files: int
    judged: int
    refused: dict[str, int]
    damaged: dict[str, int]
    non_response: Rate


@dataclass(frozen=True, slots=True)
class AtLevel:
    """What becomes of one kind at one level.

    error: APCER, the share of judged attacks that are PASSED; of live people BPCER, the share that is not.
    expected: share of judged attacks that get the verdict made for the kind; None of live people.
    not_accepted: share of all presentations not PASSED or refused before: "refused in any way".
    verdicts: how many of those judged got which.
    """

    unit: str
    kind: str
    level: str
    error: Rate
    expected: Rate | None
    not_accepted: Rate
    verdicts: dict[str, int]


@dataclass(frozen=True, slots=True)
class Headline:
    """The standard's two figures: APCER of the kind that passes most, and BPCER; None where nothing was presented."""

    unit: str
    level: str
    worst: str | None
    apcer: Rate | None
    bpcer: Rate | None


@dataclass(frozen=True, slots=True)
class OfSource:
    """One source of a kind: APCER, or BPCER, by level."""

    unit: str
    kind: str
    source: str
    judged: int
    refused: int
    error: dict[str, Rate]


@dataclass(frozen=True, slots=True)
class OfDetector:
    """One detector by itself.

    own: the kind it is made for. auc: by kind of attack, how often an attack scores above a live person, ties half.
    frame_auc: the same of single frames, of clips. believed: by level and kind, the share in which it is believed.
    reasons: by kind, how often it gave which where it is believed at the evaluation's level.
    """

    unit: str
    detector: str
    own: str | None
    auc: dict[str, float]
    frame_auc: dict[str, float]
    believed: dict[str, dict[str, Rate]]
    reasons: dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class DetCurve:
    """A detector's trade-off on a kind of attack: at each threshold both rates, from loose to strict."""

    unit: str
    detector: str
    kind: str
    threshold: tuple[float, ...]
    apcer: tuple[float, ...]
    bpcer: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ScoreHistogram:
    """How many presentations of each kind score in each of equally wide bins of log-odds, `low` to `high`."""

    unit: str
    detector: str
    low: float
    high: float
    counts: dict[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Wrong:
    """An attack that passed, or a live person who did not, at the evaluation's level.

    path: relative to the folder. detector, score, threshold, reason: of the one that spoke most for an attack.
    """

    unit: str
    kind: str
    source: str
    path: str
    verdict: str
    detector: str
    score: float
    threshold: float
    reason: str


@dataclass(frozen=True, slots=True)
class NotJudged:
    """A file without a verdict, and why."""

    unit: str
    kind: str
    source: str
    path: str
    outcome: str


@dataclass(frozen=True, slots=True)
class GenuinenessEvaluation:
    """Everything. ignored: files of other names, by suffix. passed_over: folders that are no kind's."""

    made: AttacksMade
    ignored: dict[str, int]
    passed_over: tuple[str, ...]
    files: tuple[Files, ...]
    headlines: tuple[Headline, ...]
    at_levels: tuple[AtLevel, ...]
    by_source: tuple[OfSource, ...]
    detectors: tuple[OfDetector, ...]
    curves: tuple[DetCurve, ...]
    histograms: tuple[ScoreHistogram, ...]
    errors: tuple[Wrong, ...]
    not_judged: tuple[NotJudged, ...]
