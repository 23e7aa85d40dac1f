"""What is said of a handful of presentations, against figures worked out by hand."""

from dataclasses import asdict, replace
from pathlib import Path

import pytest

from likeness.domain.capture import DetectorScore
from likeness.domain.thresholds import shipped_thresholds
from likeness.evaluation.attack_results import AtLevel, GenuinenessEvaluation
from likeness.evaluation.attacks import Kind, Unit
from likeness.evaluation.presentations import KeptLooks, Looked, looks_folder
from likeness.storage.crypto import KEY_BYTES, MasterKey
from tests.evaluation.presented import case, measured, said

TOY = [
    case(Kind.LIVE, "ann/1.jpg", said()),
    case(Kind.LIVE, "ann/2.jpg", said(screen=0.7)),
    case(Kind.LIVE, "bob/3.jpg", said(made=0.85)),
    case(Kind.LIVE, "bob/4.jpg", Looked("NO_FACE")),
    case(Kind.REPLAY, "phone/1.jpg", said(screen=0.95)),
    case(Kind.REPLAY, "phone/2.jpg", said(screen=0.7)),
    case(Kind.REPLAY, "tablet/3.jpg", said(screen=0.85, cutout=0.85)),
    case(Kind.REPLAY, "tablet/4.jpg", said(made=0.85)),
    case(Kind.REPLAY, "tablet/5.jpg", Looked("NO_FACE")),
    case(Kind.REPLAY, "wall/6.jpg", Looked("NO_FACE")),
    case(Kind.REPLAY, "wall/7.jpg", Looked("IMAGE_FORMAT")),
    case(Kind.PRINT, "inkjet/1.jpg", said(printed=0.3)),
    case(Kind.LIVE, "ann/5.mp4", Looked("LOW_FACE_QUALITY"), Unit.CLIP),
]


@pytest.fixture(scope="module")
def toy() -> GenuinenessEvaluation:
    return measured(TOY)


def at(found: GenuinenessEvaluation, kind: Kind, level: str = "normal", unit: Unit = Unit.PICTURE) -> AtLevel:
    (it,) = [it for it in found.at_levels if (it.kind, it.level, it.unit) == (kind, level, unit)]
    return it


def test_attacks_that_pass_and_live_people_who_do_not(toy: GenuinenessEvaluation) -> None:
    expected = {"relaxed": (3, 0), "normal": (1, 1), "strict": (0, 2), "strictest": (0, 2)}
    for level, (passed, refused) in expected.items():
        apcer, bpcer = at(toy, Kind.REPLAY, level).error, at(toy, Kind.LIVE, level).error
        assert (apcer.errors, apcer.of, bpcer.errors, bpcer.of) == (passed, 4, refused, 3), level


def test_any_verdict_detects_an_attack_but_only_one_names_it(toy: GenuinenessEvaluation) -> None:
    replay = at(toy, Kind.REPLAY)
    assert replay.verdicts == {"PASSED": 1, "MASK": 1, "SCREEN_REPLAY": 1, "FACEGEN": 1}
    assert replay.error.value == 0.25
    assert replay.expected is not None
    assert (replay.expected.errors, replay.expected.of) == (1, 4)
    assert at(toy, Kind.LIVE).expected is None


def test_what_is_refused_before_counts_apart(toy: GenuinenessEvaluation) -> None:
    replay = next(it for it in toy.files if (it.unit, it.kind) == ("picture", "replay"))
    assert (replay.files, replay.judged, replay.sources) == (7, 4, 3)
    assert (replay.refused, replay.damaged) == ({"NO_FACE": 2}, {"IMAGE_FORMAT": 1})
    assert (replay.non_response.errors, replay.non_response.of) == (2, 6)
    # Refused in any way: three by the detectors and two before, of the six that are presentations.
    assert (at(toy, Kind.REPLAY).not_accepted.errors, at(toy, Kind.REPLAY).not_accepted.of) == (5, 6)
    assert (at(toy, Kind.LIVE).not_accepted.errors, at(toy, Kind.LIVE).not_accepted.of) == (2, 4)
    clip = at(toy, Kind.LIVE, unit=Unit.CLIP)
    assert (clip.error.of, clip.not_accepted.value) == (0, 1.0)
    assert {it.outcome for it in toy.not_judged} == {"NO_FACE", "IMAGE_FORMAT", "LOW_FACE_QUALITY"}


def test_the_worst_kind_is_the_headline(toy: GenuinenessEvaluation) -> None:
    by_level = {it.level: it for it in toy.headlines}
    assert {it.unit for it in toy.headlines} == {"picture"}  # no clip was judged
    worst = by_level["normal"]
    assert worst.apcer is not None
    assert worst.bpcer is not None
    assert (worst.worst, worst.apcer.value) == ("print", 1.0)
    assert worst.bpcer.value == pytest.approx(1 / 3)


def test_rates_by_source(toy: GenuinenessEvaluation) -> None:
    normal = {(it.kind, it.source): it for it in toy.by_source if it.unit == "picture"}
    assert normal["replay", "phone"].error["normal"].value == 0.5
    assert normal["replay", "tablet"].error["normal"].value == 0.0
    assert (normal["replay", "tablet"].judged, normal["replay", "tablet"].refused) == (2, 1)
    assert (normal["replay", "wall"].judged, normal["replay", "wall"].refused) == (0, 1)
    assert normal["live", "bob"].error["normal"].value == 1.0


def test_each_detector_by_itself(toy: GenuinenessEvaluation) -> None:
    screen, printed, _, generated = toy.detectors
    assert (screen.detector, screen.own, printed.own, generated.own) == ("screen", "replay", "print", "generated")
    # 0.95, 0.7, 0.85, 0.1 against 0.1, 0.7, 0.1: 3 + 2.5 + 3 + 1 of 12.
    assert screen.auc["replay"] == pytest.approx(9.5 / 12)
    assert printed.auc["print"] == 1.0
    assert screen.frame_auc == {}
    assert screen.believed["strict"]["live"].errors == 1
    assert screen.believed["normal"]["replay"].errors == 2
    assert screen.reasons == {"replay": {"SCREEN": 2}}
    assert generated.reasons == {"live": {"GENERATED": 1}, "replay": {"GENERATED": 1}}
    assert {(it.detector, it.kind) for it in toy.curves} == {("screen", "replay"), ("print", "print")}
    (of_screen,) = [it for it in toy.histograms if it.detector == "screen"]
    assert {kind: sum(counts) for kind, counts in of_screen.counts.items()} == {"live": 3, "replay": 4, "print": 1}


def test_frames_of_clips_are_ranked_too() -> None:
    def clip(*screen: float) -> Looked:
        frames = tuple(said(it).scores for it in screen)
        return Looked("ok", said(max(screen)).scores, frames)

    found = measured(
        [case(Kind.LIVE, "a/1.mp4", clip(0.1, 0.3), Unit.CLIP), case(Kind.REPLAY, "b/2.mp4", clip(0.2, 0.9), Unit.CLIP)]
    )
    assert found.detectors[0].auc == {"replay": 1.0}
    assert found.detectors[0].frame_auc == {"replay": 0.75}  # 0.2 over one of two, 0.9 over both


def test_errors_are_listed_with_the_loudest_detector(toy: GenuinenessEvaluation) -> None:
    listed = {(it.kind, Path(it.path).name): it for it in toy.errors}
    assert set(listed) == {("live", "3.jpg"), ("replay", "2.jpg"), ("print", "1.jpg")}
    passed, refused = listed["replay", "2.jpg"], listed["live", "3.jpg"]
    assert (passed.verdict, passed.detector, passed.score, passed.threshold) == ("PASSED", "screen", 0.7, 0.8)
    assert (refused.verdict, refused.detector, refused.reason) == ("FACEGEN", "generated", "GENERATED")
    strict = {(it.kind, Path(it.path).name) for it in measured(TOY, "strict").errors}
    assert strict == {("live", "2.jpg"), ("live", "3.jpg"), ("print", "1.jpg")}


@pytest.mark.parametrize("kinds", [{Kind.LIVE}, {Kind.REPLAY}])
def test_either_side_alone_can_be_measured(kinds: set[Kind]) -> None:
    found = measured([it for it in TOY if it[0].kind in kinds and it[0].unit is Unit.PICTURE])
    normal = next(it for it in found.headlines if it.level == "normal")
    assert (normal.apcer is None, normal.bpcer is None) == (Kind.REPLAY not in kinds, Kind.LIVE not in kinds)
    assert found.curves == ()
    assert all(it.auc == {} for it in found.detectors)


def test_where_nothing_was_judged_there_is_nothing_to_tell() -> None:
    found = measured([case(Kind.LIVE, "a/1.jpg", Looked("NO_FACE"))])
    assert (found.headlines, found.detectors, found.errors) == ((), (), ())
    assert asdict(found)["files"][0]["refused"] == {"NO_FACE": 1}


def test_what_was_looked_at_is_kept_whole(tmp_path: Path) -> None:
    scores = (DetectorScore("screen", 0.25, "moire"), DetectorScore("print", 1e-6, ""))
    key, rows = MasterKey(bytes(KEY_BYTES)), {2: Looked("ok", scores, (scores, ())), 0: Looked("NO_FACE")}
    with KeptLooks(tmp_path / "one", key) as kept:
        for place, row in rows.items():
            kept.add(place, row)
    with KeptLooks(tmp_path / "one", key) as kept:
        assert kept.rows == rows
    assert all(word not in next((tmp_path / "one").iterdir()).read_bytes() for word in (b"moire", b"NO_FACE", b"0.25"))


def test_other_files_kinds_packs_or_limits_are_looked_at_anew(tmp_path: Path) -> None:
    limits = shipped_thresholds()
    live, replay = [case(kind, "a/1.jpg", said())[0] for kind in (Kind.LIVE, Kind.REPLAY)]
    folders = {
        looks_folder(tmp_path, "default", {}, [live], limits),
        looks_folder(tmp_path, "default", {}, [replace(live, kind=Kind.REPLAY)], limits),
        looks_folder(tmp_path, "default", {}, [replay], limits),
        looks_folder(tmp_path, "mobile", {}, [live], limits),
        looks_folder(tmp_path, "default", {"model": "1"}, [live], limits),
        looks_folder(tmp_path, "default", {}, [live], replace(limits, min_face_frames=limits.min_face_frames + 1)),
    }
    assert len(folders) == 6
