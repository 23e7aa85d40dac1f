"""Stages out of several packs: borrowed, concatenated, downloaded; and vectors that are never mixed up."""

import pickle
import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from likeness.models import packs
from likeness.models.identity import PARAMETERS
from likeness.models.manifest import Downloaded, Manifest
from likeness.models.packs import PackError
from likeness.pipeline.stages import load_reader, load_stages
from tests.models.faces import pictures


def altered(name: str, **stages: object) -> dict[str, object]:
    described = packs.load(name).manifest.model_dump(mode="json")
    described["stages"] |= stages
    return described


def test_a_borrowed_stage_is_the_other_packs_file(all_models_path: Path) -> None:
    default = packs.prepare(packs.load("default"), all_models_path)
    mobile = packs.prepare(packs.load("mobile"), all_models_path)
    fused = packs.prepare(packs.load("mobile+dlib"), all_models_path)
    assert mobile.genuineness == fused.genuineness == default.genuineness
    assert mobile.landmarks is default.second_opinion is None
    assert mobile.second_opinion == fused.second_opinion
    assert mobile.second_opinion is not None
    assert fused.landmarks == default.landmarks
    assert fused.detector == mobile.detector
    assert [part for _, part in fused.embedder.parts] == [mobile.embedder, default.embedder]
    assert not (all_models_path / "mobile+dlib").exists()  # nothing is kept twice
    assert pickle.loads(pickle.dumps(fused)) == fused  # noqa: S301 - made here


def test_digests_name_borrowed_models_too() -> None:
    default, mobile, fused = (packs.load(name).digests for name in ("default", "mobile", "mobile+dlib"))
    own = {fused.pop(PARAMETERS), mobile.pop(PARAMETERS)}
    assert fused == {**mobile, **{name: default[name] for name in ("landmarks.onnx", "embedder.onnx")}}
    assert mobile["replay.onnx"] == default["replay.onnx"]
    assert len(own) == 2  # the weights of its embedder are its own


@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_bytes(b"damaged")])
@pytest.mark.parametrize("name", ["mobile", "mobile+dlib"])
def test_a_missing_download_says_what_to_run(damage, name: str, all_models_path: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    shutil.copytree(all_models_path / "mobile", tmp_path / "mobile")
    damage(tmp_path / "mobile" / "yunet_n_640_640.onnx")
    with pytest.raises(PackError, match=r"yunet_n_640_640\.onnx.*run `likeness models pull mobile`"):
        packs.prepare(packs.load(name), tmp_path)
    assert not (tmp_path / "default").exists()  # nothing is converted in vain


def test_published_files_are_those_of_the_manifest(published: Path) -> None:
    for file in packs.load("mobile").manifest.files:
        assert isinstance(file.origin, Downloaded)
        assert all(url.startswith("https://") and file.origin.commit in url for url in file.origin.urls)
        assert (published / file.name).stat().st_size == file.size
        assert packs.digest(published / file.name) == file.sha256


@pytest.mark.parametrize(
    "stages",
    [
        {"detector": {"pack": "mobile"}},  # its own pack
        {"detector": {"kind": "concatenated", "parts": {"mobile": 1, "default": 1}}},
        {"embedder": {"kind": "concatenated", "parts": {"mobile": 1}}},
        {"embedder": {"kind": "concatenated", "parts": {"mobile": 1, "default": 0}}},
        {"detector": {"kind": "yunet", "files": []}},
        {"nose": {"pack": "default"}},
    ],
)
def test_manifests_that_make_no_sense_are_refused(stages: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Manifest.model_validate(altered("mobile", **stages))


def test_a_stage_that_nobody_has_is_an_error() -> None:
    for stages in ({"landmarks": {"pack": "mobile"}}, {"embedder": {"pack": "mobile+dlib"}}):
        pack = packs.Pack(Manifest.model_validate(altered("default", **stages)), Path())
        with pytest.raises(PackError, match="none of its own"):
            packs.files(pack)


def test_a_concatenated_cosine_is_the_weighted_mean(all_models_path: Path, data: Path) -> None:
    fused = packs.prepare(packs.load("mobile+dlib"), all_models_path)
    detector, aligner, embedder = load_stages(fused)
    parts = [(weight, packs.load(name)) for weight, name in zip((1.0, 4.0), ("mobile", "default"), strict=True)]
    assert [weight for weight, _ in fused.embedder.parts] == [weight for weight, _ in parts]
    views = [aligner.view(image, detector.detect(image)[0]) for image in pictures(data, 6)]
    alone = [load_stages(packs.paths(pack, all_models_path))[2] for _, pack in parts]
    for one, other in pairwise(views):
        first, second = embedder.embed(one), embedder.embed(other)
        assert first.vector.shape == (256,)
        assert np.linalg.norm(first.vector) == pytest.approx(1, abs=1e-6)
        cosines = [part.embed(one).vector @ part.embed(other).vector for part in alone]
        assert first.vector @ second.vector == pytest.approx((cosines[0] + 4 * cosines[1]) / 5, abs=1e-6)
        mirrored = [part.embed(one).mirror_similarity for part in alone]
        assert first.mirror_similarity == pytest.approx((mirrored[0] + 4 * mirrored[1]) / 5, abs=1e-6)


def test_an_embedder_that_needs_points_says_so(all_models_path: Path, data: Path) -> None:
    borrowed = Manifest.model_validate(altered("default", embedder={"pack": "mobile"}))
    reader = load_reader(packs.paths(packs.Pack(borrowed, Path()), all_models_path))
    (image,) = pictures(data, 1)
    with pytest.raises(ValueError, match="a detector that gives five points"):
        reader.read(image, reader.find(image)[0], 1.0)


def test_templates_of_two_packs_are_never_compared(all_models_path: Path, data: Path) -> None:
    (image,) = pictures(data, 1)
    templates = []
    for name in ("default", "mobile"):
        reader = load_reader(packs.prepare(packs.load(name), all_models_path))
        templates.append(reader.read(image, reader.find(image)[0], 1.0).template)
    assert [template.pack for template in templates] == ["default", "mobile"]
    with pytest.raises(ValueError, match="cannot be compared"):
        templates[0].similarity(templates[1])
