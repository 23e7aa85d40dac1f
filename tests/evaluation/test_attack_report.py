"""The report on genuineness: whole, escaped, and without a face unless asked for."""

import re

import numpy as np
import pytest

from likeness.evaluation.attack_report import render_attacks
from likeness.evaluation.attack_results import GenuinenessEvaluation
from likeness.evaluation.attack_wording import OUTCOMES
from likeness.evaluation.attacks import Kind, Unit
from likeness.evaluation.presentations import DAMAGED, REFUSED, TOO_LARGE, UNREADABLE, Looked
from tests.evaluation.presented import case, drawn, measured, said

EVIL = "<script>alert('x')"


@pytest.fixture(scope="module")
def found() -> GenuinenessEvaluation:
    rng = np.random.default_rng(3)
    cases = [it for kind in Kind for it in drawn(rng, kind, 60)]
    cases += [it for kind in (Kind.LIVE, Kind.REPLAY) for it in drawn(rng, kind, 9, Unit.CLIP)]
    cases += [case(Kind.PRINT, f"{EVIL}/1.jpg", said()), case(Kind.MASK, f"x/{EVIL}2.jpg", Looked("NO_FACE"))]
    return measured(cases)


def test_it_needs_nothing_else_and_runs_nothing(found: GenuinenessEvaluation) -> None:
    page = render_attacks(found)
    assert page.count("<svg") == 4  # both charts, of clips and of pictures
    assert len(set(re.findall(r'\bid="([^"]+)"', page))) == page.count(' id="')
    assert "&lt;script&gt;alert(&#39;x&#39;)" in page
    for forbidden in ("<script", "<link", "<img", "<iframe", " src=", "@import", "url(http", "img-src"):
        assert forbidden not in page


def test_it_says_what_was_found(found: GenuinenessEvaluation) -> None:
    page = " ".join(render_attacks(found).split())
    passed = sum(it.kind != Kind.LIVE for it in found.errors)
    for said_there in (f"Attacks that passed: {passed}<", "Not judged: 1<", "Folders passed over: spoof.", "2 .txt"):
        assert said_there in page
    assert all(f">{name}</td>" in page for name in ("screen", "print", "cutout", "generated"))


def test_it_says_which_clips_are_not_judged() -> None:
    outcomes = ("FACE_INCONSISTENT", "VIDEO_FORMAT")
    page = render_attacks(
        measured([case(Kind.REPLAY, f"a/{it}.mp4", Looked(it), Unit.CLIP) for it in outcomes]),
    )
    assert "1 not one person throughout" in page
    assert "too long to be read" in page
    assert "clips of any length" not in page


def test_faces_stand_in_it_only_where_they_are_handed_over(found: GenuinenessEvaluation) -> None:
    small = b"\xff\xd8\xff--\xff\xd9"
    page = render_attacks(found, [small, *[None] * (len(found.errors) - 1)])
    assert page.count("<img") == page.count('src="data:image/jpeg;base64,/9j/LS3/2Q=="') == 1
    assert "This report shows faces" in page
    assert "&lt;script&gt;alert(" in page
    assert "<script" not in page
    assert "img-src data:" in page


@pytest.mark.parametrize("kind", [Kind.LIVE, Kind.GENERATED])
def test_one_side_alone_makes_a_report_without_a_curve(kind: Kind) -> None:
    page = render_attacks(measured(drawn(np.random.default_rng(3), kind, 20)))
    assert page.count("<svg") == 1
    assert "Trade-off" not in page


def test_nothing_judged_makes_a_report_too() -> None:
    assert "1 no face found" in render_attacks(measured([case(Kind.LIVE, "a/1.jpg", Looked("NO_FACE"))]))


def test_every_outcome_has_words() -> None:
    assert OUTCOMES.keys() == {*REFUSED, *DAMAGED.values(), UNREADABLE, TOO_LARGE}
