"""Measures every pack on LFW, CFP and London, and how a calibration carries over: `python -m training.accuracy`.

Runs `likeness evaluate` for each pack and data set and writes what it said, cut to what docs/accuracy.md shows, into
training/accuracy_report.json; then calibrates on half of LFW's people and looks at the other half.
"""

import argparse
import csv
import json
import math
import subprocess
import sys
import tempfile
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from likeness.cli.evaluate import SEED, Chosen
from likeness.cli.reading import read
from likeness.domain.confidence import PINS, Calibration
from likeness.evaluation.calibration import Source, calibrate
from likeness.evaluation.comparisons import Weighing
from likeness.evaluation.dataset import faces_in
from likeness.evaluation.measure import Readable, compare_all
from likeness.evaluation.observations import Observations
from likeness.evaluation.rates import fmr_at, fnmr_at, independent_errors
from likeness.models import packs
from likeness.settings import Settings

REPORT = Path(__file__).with_name("accuracy_report.json")
SETS = {
    "LFW": ("lfw", ("--centred",)),
    "CFP frontal": ("cfp", ("--pictures", "frontal/*")),
    "London": ("london", ()),
}
"""Folder and options of each data set."""
STRATA_AT = "1e-4"
"""The threshold at which pictures of different quality are set against each other."""
PROFILES = "CFP frontal to profile"
STRANGERS_PER_PICTURE = 40
"""Pairs of strangers drawn for each profile."""
MOST_MISTAKEN = 0.05


def evaluated(pack: str, *options: str) -> dict[str, Any]:
    """What `likeness evaluate` says."""
    command = [sys.executable, "-m", "likeness", "evaluate", *options, "--pack", pack, "--json", "--no-paths"]
    command += ["--keep-observations"]
    told = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)  # noqa: S603 - our own command
    found: dict[str, Any] = json.loads(told.stdout)
    strata = [
        {name: stratum[name] for name in ("quality", "third")} | _at_one_rate(stratum) for stratum in found["strata"]
    ]
    return {name: found[name] for name in ("data", "acquisition", "at_rates", "at_thresholds", "fused")} | {
        "strata": strata
    }


def _at_one_rate(stratum: dict[str, Any]) -> dict[str, Any]:
    return {name: {STRATA_AT: stratum[name][STRATA_AT]} for name in ("fnmr", "fmr", "false_matches")}


def profile_pairs(data: Path, folder: Path) -> Path:
    """Every frontal picture with every profile of its person, and with some of others, as a list of pairs."""
    people = sorted(path for path in (data / "cfp").iterdir() if path.is_dir())
    frontal = {person: sorted(person.glob("frontal/*")) for person in people}
    profile = {person: sorted(person.glob("profile/*")) for person in people}
    draw = np.random.default_rng(SEED)
    rows = [(one, other, 1) for person in people for one, other in product(frontal[person], profile[person])]
    for person in people:
        others = [path for other in people if other != person for path in frontal[other]]
        for path in profile[person]:
            rows += [
                (others[place], path, 0) for place in draw.choice(len(others), STRANGERS_PER_PICTURE, replace=False)
            ]
    listed = folder / "pairs.csv"
    with listed.open("w", newline="") as file:
        csv.writer(file).writerows([("first", "second", "same"), *rows])
    return listed


def halves(pack: str, data: Path) -> list[dict[str, Any]]:
    """Thresholds from one half of LFW's people, observed on the other half, both ways."""
    seen = _lfw(pack, data)
    people = np.random.default_rng(SEED).permutation(np.unique(seen.person))
    one = np.isin(seen.person, people[: len(people) // 2])
    parts = [compare_all(seen.chosen(half), SEED) for half in (one, ~one)]
    return [_carried(pack, *pair) for pair in (parts, parts[::-1])]


def _carried(pack: str, known: Readable, new: Readable) -> dict[str, Any]:
    source = Source(pack, {}, "half of LFW", "", len(known.seen.path), 0)
    curve = Calibration.from_dict(calibrate(source, known))
    result: dict[str, Any] = {"people": len(new.compared.size), "impostors": new.compared.impostor_count}
    for name in PINS:
        limit = curve.score_at(float(name))
        matched = new.compared.impostors.chosen(new.compared.impostors.score >= np.float32(limit))
        result[name] = {
            "fmr": fmr_at(new.compared, limit, Weighing.PEOPLE),
            "fmr_plain": fmr_at(new.compared, limit, Weighing.PAIRS),
            "independent_errors": independent_errors(new.compared, matched, Weighing.PEOPLE),
            "fnmr": fnmr_at(new.compared, limit, Weighing.PEOPLE),
        }
    return result


def uneven(pack: str, data: Path) -> dict[str, float]:
    """In which part of the false matches at 1e-4 the people most often mistaken take part.

    Pairs of people are dealt into two halves by chance; who is often mistaken is read off one half and counted in the
    other, both ways, so that the choice itself does not make the people look worse than others.
    """
    readable = compare_all(_lfw(pack, data), SEED)
    compared = readable.compared
    limit = Calibration.from_dict(packs.require_calibration(packs.load(pack))).score_at(1e-4)
    matched = compared.impostors.chosen(compared.impostors.score >= np.float32(limit))
    people = np.sort(np.stack([compared.person[matched.first], compared.person[matched.second]]), axis=0)
    weight = 1 / compared.size[people[0]] / compared.size[people[1]]
    _, pair = np.unique(people, axis=1, return_inverse=True)
    dealt = np.random.default_rng(SEED).integers(2, size=pair.max() + 1)[pair.ravel()]
    parts = []
    for half in (0, 1):
        known, rest = dealt == half, dealt != half
        often = sum(np.bincount(row[known], weight[known], len(compared.size)) for row in people)
        worst = np.argsort(-np.asarray(often), kind="stable")[: round(MOST_MISTAKEN * len(compared.size))]
        concerned = np.isin(people[:, rest], worst).any(axis=0)
        parts.append(float(weight[rest][concerned].sum() / weight[rest].sum()))
    return {
        "people_share": MOST_MISTAKEN,
        "take_part_in": float(np.mean(parts)),
        "if_all_were_equal": 1 - (1 - MOST_MISTAKEN) ** 2,
        "pairs_of_people": int(pair.max()) + 1,
    }


def _lfw(pack: str, data: Path) -> Observations:
    """As `likeness evaluate` has read it."""
    settings = Settings(pack=pack)
    chosen = Chosen(
        settings=settings,
        work=settings.data_dir / "evaluations",
        report=None,
        as_json=True,
        no_paths=True,
        fresh=False,
        keep=True,
        centred=True,
        seed=SEED,
    )
    with read(faces_in(data / "lfw"), packs.load(pack), chosen, landmark_spread=True) as seen:
        return seen.chosen(seen.read)


def measured(pack: str, data: Path) -> dict[str, Any]:
    """Everything about one pack."""
    result: dict[str, Any] = {
        name: evaluated(pack, "faces", str(data / folder), *options) for name, (folder, options) in SETS.items()
    }
    with tempfile.TemporaryDirectory() as folder:
        listed = profile_pairs(data, Path(folder))
        result[PROFILES] = evaluated(pack, "pairs", str(listed), "--pictures-dir", "/")
    calibration = packs.require_calibration(packs.load(pack))
    told = {name: calibration[name] for name in calibration if name not in ("knots", "model_digests")}
    return {"calibration": told, "sets": result, "halves": halves(pack, data), "uneven": uneven(pack, data)}


def main() -> None:
    """Measure every pack and write."""
    parser = argparse.ArgumentParser(prog="python -m training.accuracy", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with lfw, cfp and london")
    parser.add_argument("--pack", action="append", help="only this one; the others' figures stay (repeatable)")
    options = parser.parse_args()
    report = json.loads(REPORT.read_text("utf-8")) if REPORT.exists() else {}
    for pack in options.pack or packs.names():
        report[pack] = _short(measured(pack, options.data.resolve()))
        REPORT.write_text(json.dumps(report, indent=1, sort_keys=True) + "\n")


def _short(value: Any) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """Four significant digits, which is more than the intervals allow."""
    if isinstance(value, dict):
        return {name: _short(it) for name, it in value.items()}
    if isinstance(value, list | tuple):
        return [_short(it) for it in value]
    return float(f"{value:.4g}") if isinstance(value, float) and math.isfinite(value) else value


if __name__ == "__main__":
    main()
