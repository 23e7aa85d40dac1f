"""What training remembers of pictures: of which pack, and which of the faces, with vectors of any length."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from likeness.models import packs
from training.observe import PackReader, observe, open_reader
from training.pictures import Picture, lfw


@pytest.fixture(scope="module")
def pictures(data: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Picture]:
    """A person, a picture that shows nobody, and another person."""
    one, *_, other = lfw(data)
    empty = tmp_path_factory.mktemp("pictures") / "nobody.png"
    cv2.imwrite(str(empty), np.full((120, 160, 3), 128, np.uint8))
    return [one, Picture(empty, "LFW", "nobody"), other]


@pytest.fixture(scope="module")
def readers(all_models_path: Path) -> list[PackReader]:
    return [open_reader(all_models_path, name) for name in packs.names()]


def test_every_pack_has_vectors_of_its_own(pictures: list[Picture], readers: list[PackReader], tmp_path: Path) -> None:
    lengths = {}
    for reader in readers:
        seen = observe(pictures, reader, tmp_path)
        assert list(seen.found) == [True, False, True]
        assert np.isnan(seen.vector[1]).all()
        np.testing.assert_allclose(np.linalg.norm(seen.vector[seen.found], axis=1), 1, atol=1e-5)
        lengths[reader.pack.name] = seen.vector.shape[1]
    assert lengths == {"default": 128, "mobile": 128, "mobile+dlib": 256}
    assert len(list(tmp_path.iterdir())) == len(readers)


def test_what_was_seen_otherwise_is_not_taken(
    pictures: list[Picture], readers: list[PackReader], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mobile = next(reader for reader in readers if reader.pack.name == "mobile")
    observe(pictures, mobile, tmp_path)
    observe(pictures, mobile, tmp_path)
    assert len(list(tmp_path.iterdir())) == 1
    observe(pictures, mobile, tmp_path, centred=True)
    assert len(list(tmp_path.iterdir())) == 2
    monkeypatch.setitem(mobile.pack.manifest.stages["detector"].parameters, "least_score", 0.6)  # type: ignore[union-attr]
    observe(pictures, mobile, tmp_path)
    assert len(list(tmp_path.iterdir())) == 3
