"""Whole pipelines with real models: the same person is the same however the file is stored."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from likeness.domain.capture import ClipObservation, ClipRequest, ImageObservation, ImageRequest
from likeness.domain.face import Box, ImageArray
from likeness.domain.metadata import Metadata
from likeness.models import packs
from likeness.models.genuineness import to_log_odds
from likeness.pipeline.image import DecodedImage, decode, encode_jpeg, turn, upright
from likeness.pipeline.metadata import read_metadata
from likeness.pipeline.stage import Stage
from likeness.pipeline.stages import Pipelines, load_pipelines
from tests.pipeline.clips import clip_frames, make_clip, scene_of, with_matrix

SAME = 0.97  # two encodings of one photograph; two photographs of one person are well below


@pytest.fixture(scope="module")
def pipelines(models_path: Path) -> Pipelines:
    return load_pipelines(packs.prepare(packs.load("default"), models_path))


@pytest.fixture(scope="module")
def people(data: Path) -> list[ImageArray]:
    """Studio portraits of two people, and the first one smiling."""
    one, two = sorted((data / "london").iterdir())[:2]
    files = (one / "neutral.jpg", two / "neutral.jpg", one / "smiling.jpg")
    return [decode(file.read_bytes()).pixels for file in files]


def look(pipelines: Pipelines, data: bytes, *, multi_oriented: bool = False) -> ImageObservation:
    return pipelines.image.observe(data, ImageRequest(multi_oriented), lambda _: None)


def look_at_clip(pipelines: Pipelines, data: bytes) -> ClipObservation:
    return pipelines.clip.observe(data, ClipRequest(), lambda _: None)


def similarity(one: ImageObservation | ClipObservation, other: ImageObservation | ClipObservation) -> float:
    assert one.template is not None
    assert other.template is not None
    return one.template.similarity(other.template)


def near(one: Box, other: Box, share: float = 0.12) -> bool:
    """Whether boxes agree to a part of their width: the detector's steps of scale are a fifth apart."""
    sides = zip(
        (one.left, one.top, one.right, one.bottom), (other.left, other.top, other.right, other.bottom), strict=True
    )
    return max(abs(a - b) for a, b in sides) <= share * other.width_px


def test_exif_orientations_give_the_same_upright_face(pipelines: Pipelines, people: list[ImageArray]) -> None:
    scene = scene_of(people[0], 800, 1000, 0.8)
    plain = look(pipelines, encode_jpeg(scene, 92))
    assert len(plain.faces) == 1
    for orientation in range(1, 9):
        stored = upright(scene, {6: 8, 8: 6}.get(orientation, orientation))
        exif = Image.Exif()
        exif[274] = orientation
        file = io.BytesIO()
        Image.fromarray(stored).save(file, "JPEG", quality=92, exif=exif.tobytes())
        seen = look(pipelines, file.getvalue())
        assert (seen.width_px, seen.height_px, seen.turned_deg) == (800, 1000, 0)
        assert near(seen.faces[0], plain.faces[0])
        assert similarity(seen, plain) > SAME


def test_example_files_of_every_orientation_show_one_picture(data: Path) -> None:
    for kind in ("Landscape", "Portrait"):
        first, *others = (decode((data / f"edge/exif/{kind}_{n}.jpg").read_bytes()).pixels for n in range(1, 9))
        for other in others:
            assert other.shape == first.shape
            assert np.abs(other.astype(int) - first.astype(int)).mean() < 6


def test_groups_and_nobody(pipelines: Pipelines, data: Path) -> None:
    group = look(pipelines, (data / "edge/groups/bald_guys.jpg").read_bytes())
    assert len(group.faces) > 5
    areas = [box.area_px for box in group.faces]
    assert areas == sorted(areas, reverse=True)
    assert all(-50 < box.left < box.right < group.width_px + 50 for box in group.faces)
    nobody = look(pipelines, (data / "edge/groups/dogs.jpg").read_bytes())
    assert (nobody.faces, nobody.template, nobody.quality) == ((), None, None)


@pytest.mark.parametrize("turned_deg", [90, 180, 270])
def test_a_turned_picture_is_read_when_asked(turned_deg: int, pipelines: Pipelines, people: list[ImageArray]) -> None:
    scene = scene_of(people[0], 800, 1000, 0.8)
    plain = look(pipelines, encode_jpeg(scene, 92))
    data = encode_jpeg(turn(scene, 360 - turned_deg), 92)
    assert look(pipelines, data).turned_deg == 0
    seen = look(pipelines, data, multi_oriented=True)
    assert seen.turned_deg == turned_deg
    assert similarity(seen, plain) > SAME
    box = seen.faces[0]  # in the picture as it came: the portrait lies on its side in the middle
    assert abs((box.left + box.right) / 2 - seen.width_px / 2) < 0.15 * seen.width_px
    assert 0 <= box.left < box.right <= seen.width_px
    assert 0 <= box.top < box.bottom <= seen.height_px


def test_the_right_way_up_is_told_on_real_pictures(pipelines: Pipelines, data: Path) -> None:
    files = [*sorted((data / "lfw").glob("*/*.jpg"))[::400], *sorted((data / "cfp").glob("*/frontal/01.jpg"))[::12]]
    for index, file in enumerate(files):
        turned_deg = (0, 90, 270)[index % 3]
        stored = encode_jpeg(turn(decode(file.read_bytes()).pixels, -turned_deg % 360), 95)
        assert look(pipelines, stored, multi_oriented=True).turned_deg == turned_deg


def test_a_small_face_in_a_large_photograph_is_decoded_finer(pipelines: Pipelines, people: list[ImageArray]) -> None:
    stages: list[Stage] = []
    large = encode_jpeg(scene_of(people[0], 3000, 4000, 0.36), 90)
    seen = pipelines.image.observe(large, ImageRequest(), stages.append)
    assert stages == [Stage.DECODING, Stage.JUDGING] * 2
    assert seen.quality is not None
    assert seen.quality.face_width_px == pytest.approx(seen.faces[0].width_px)
    assert 250 < seen.faces[0].width_px < 400  # under 100 in the coarse decode
    whole = look(pipelines, encode_jpeg(people[0], 95))
    assert similarity(seen, whole) > 0.95  # the coarse decode alone blurs it


def test_a_large_face_in_a_large_photograph_is_decoded_once(pipelines: Pipelines, people: list[ImageArray]) -> None:
    stages: list[Stage] = []
    seen = pipelines.image.observe(encode_jpeg(scene_of(people[0], 4000, 3000, 0.7), 90), ImageRequest(), stages.append)
    assert stages == [Stage.DECODING, Stage.JUDGING]
    assert (seen.width_px, seen.height_px, len(seen.faces)) == (4000, 3000, 1)


def test_metadata_is_read_while_the_upload_is_to_blame(
    pipelines: Pipelines, people: list[ImageArray], monkeypatch: pytest.MonkeyPatch
) -> None:
    stages: list[Stage] = []
    read_in: list[Stage] = []

    def read(data: bytes, image: DecodedImage) -> Metadata:
        read_in.append(stages[-1])
        return read_metadata(data, image)

    monkeypatch.setattr("likeness.pipeline.picture.read_metadata", read)
    observed = pipelines.image.observe(encode_jpeg(people[0], 90), ImageRequest(metadata=True), stages.append)
    assert observed.metadata is not None
    assert read_in == [Stage.DECODING]


def test_a_clip_of_one_person(pipelines: Pipelines, people: list[ImageArray]) -> None:
    stages: list[Stage] = []
    seen = pipelines.clip.observe(make_clip(clip_frames(people[0], 30)), ClipRequest(), stages.append)
    assert stages == [Stage.DECODING, Stage.JUDGING]
    assert (seen.width_px, seen.height_px) == (480, 640)
    assert len(seen.frames) == 10
    assert all(frame.similarity is not None and frame.similarity > SAME for frame in seen.frames)
    assert max(frame.similarity or 0 for frame in seen.frames) == pytest.approx(1, abs=1e-5)
    assert seen.several_frame is None
    assert seen.best_frame is not None
    assert decode(seen.best_frame).pixels.shape == (640, 480, 3)
    still = look(pipelines, encode_jpeg(people[2], 90))
    stranger = look(pipelines, encode_jpeg(people[1], 90))
    assert similarity(seen, still) > similarity(seen, stranger) + 0.03
    assert [score.detector for score in seen.genuineness] == ["screen", "print", "cutout", "generated"]
    for place, score in enumerate(seen.genuineness[1:], 1):  # to a screen's, the clip's series adds its word
        frames = [to_log_odds(frame.genuineness[place].score) for frame in seen.frames]
        assert to_log_odds(score.score) == pytest.approx(np.mean(frames))
    assert still.genuineness == ()
    asked = pipelines.image.observe(encode_jpeg(people[2], 90), ImageRequest(genuineness=True), lambda _: None)
    assert [score.detector for score in asked.genuineness] == [score.detector for score in seen.genuineness]


def test_a_telephone_clip_is_turned_upright(pipelines: Pipelines, people: list[ImageArray]) -> None:
    lying = [turn(frame, 270) for frame in clip_frames(people[0], 15)]
    seen = look_at_clip(pipelines, with_matrix(make_clip(lying), 6))
    assert (seen.width_px, seen.height_px) == (480, 640)
    assert all(len(frame.faces) == 1 for frame in seen.frames)


@pytest.mark.parametrize("own", [6, 15, 24])
def test_a_face_swapped_on_the_way_stands_out(own: int, pipelines: Pipelines, people: list[ImageArray]) -> None:
    frames = clip_frames(people[0], own) + clip_frames(people[1], 30 - own)
    seen = look_at_clip(pipelines, make_clip(frames))
    similarities = sorted(frame.similarity for frame in seen.frames if frame.similarity is not None)
    assert len(similarities) == 10
    jumps = np.diff(similarities)
    at = int(np.argmax(jumps))
    assert jumps[at] > 0.04
    assert at + 1 in {round(own / 3), 10 - round(own / 3)}


def test_several_people_in_a_clip(pipelines: Pipelines, people: list[ImageArray]) -> None:
    one, two = (scene_of(person, 400, 500, 0.95) for person in people[:2])
    both = np.hstack([one, two])
    alone = np.hstack([one, np.full_like(two, 128)])
    seen = look_at_clip(pipelines, make_clip([alone] * 20 + [both] * 10))
    assert seen.several_frame is not None
    assert len(look(pipelines, seen.several_frame).faces) == 2
    assert [len(frame.faces) for frame in seen.frames] == [1] * 7 + [2] * 3


def test_a_clip_without_a_face(pipelines: Pipelines) -> None:
    noise = np.random.default_rng(5).integers(0, 255, (240, 320, 3), dtype=np.uint8)
    seen = look_at_clip(pipelines, make_clip([noise] * 15))
    assert (seen.template, seen.quality, seen.best_frame, seen.several_frame) == (None, None, None, None)
    assert all(frame.faces == () and frame.similarity is None for frame in seen.frames)
    assert seen.genuineness == ()
