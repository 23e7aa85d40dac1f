"""Clips that show two people, sent as an integrator would: refused, or matching one of them only."""

import cv2
import pytest

from likeness import samples
from tests import material
from tests.caller import Caller


def clip_of(letters: str) -> bytes:
    """A second with one frame for each letter: A is the sample portrait, B the stranger made of it, b blurred."""
    other = material.decode(material.stranger())[20:245, 72:372]
    still = material.as_image(cv2.resize(other, samples.CLIP_SIZE_PX, interpolation=cv2.INTER_CUBIC))
    blurred = material.as_image(cv2.GaussianBlur(still, (0, 0), 3))
    shown = {"A": samples.pan_frames()[0], "B": still, "b": blurred}
    return samples.encode_clip([shown[letter] for letter in letters], fps=len(letters))


@pytest.mark.parametrize("letters", ["AB", "BA", "ABB", "AAAB"])
async def test_a_handful_of_frames_is_refused(letters: str, caller: Caller) -> None:
    answer = await caller.still(clip_of(letters))
    assert (answer.status_code, answer.json()["error_message"]) == (400, "VIDEO_FACE_NOT_FOUND")


@pytest.mark.parametrize("letters", ["AAAAB", "BAAAA", "ABBBBBBBB", "AAAAAAAABB"])
async def test_two_people_are_inconsistent(letters: str, caller: Caller) -> None:
    body = (await caller.verify(await caller.token(clip_of(letters)))).json()
    assert body["liveness"]["procedure_validation"] == "VIDEO_FACE_INCONSISTENT"
    assert "result_ref1" not in body


async def test_a_single_frame_of_a_stranger_never_matches_the_stranger(caller: Caller) -> None:
    pictures = {"image_ref1": material.reference(), "image_ref2": material.stranger()}
    alone, joined = [
        (await caller.verify(await caller.token(clip_of(letters)), pictures)).json()
        for letters in ("AAAAAAAAAA", "AAAAbAAAAA")
    ]
    for body in (alone, joined):
        assert body["liveness"]["procedure_validation"] == "PASSED"
        assert body["result_ref1"]["confidence"] > 79.9
        assert body["result_ref2"]["confidence"] < 65.3
    assert joined["result_ref2"]["confidence"] == pytest.approx(alone["result_ref2"]["confidence"], abs=0.5)
