"""Packs on disk: converted once, checked, made again when damaged; damaged weights are said to be so."""

import hashlib
import json
import shutil
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import pytest
from typer.testing import CliRunner

from likeness.cli import app
from likeness.models import packs
from likeness.models.convert import convert_detector, convert_embedder
from likeness.models.dlib_format import WeightsFormatError, read_network, read_shape_predictor
from likeness.models.manifest import Converted, Manifest, PackError, Shipped
from tests.models.faces import weights
from training.genuineness.results import MANIFEST, RESULTS, write_manifest

CONVERTED = ["detector.onnx", "embedder.onnx", "landmarks.onnx"]
SHIPPED = ["banding.onnx", "cutout.onnx", "generated.onnx", "print.onnx", "replay.onnx", "screen.onnx"]


@pytest.fixture
def own_models(models_path: Path, tmp_path: Path) -> Path:
    """A copy of the models that a test may damage."""
    shutil.copytree(models_path / "default", tmp_path / "models" / "default")
    return tmp_path / "models"


def test_conversion_is_deterministic() -> None:
    pinned: dict[str, str] = {used.stage: used.file.sha256 for used in packs.files(packs.load("default"))}
    limits = next(
        used.file.origin.activation_limits
        for used in packs.files(packs.load("default"))
        if used.stage == "embedder" and isinstance(used.file.origin, Converted)
    )
    for stage, convert in (("detector", convert_detector), ("embedder", lambda data: convert_embedder(data, limits))):
        data = Path(weights(stage)).read_bytes()
        assert [hashlib.sha256(convert(data)).hexdigest() for _ in range(2)] == [pinned[stage]] * 2


def test_prepare_converts_everything_once(tmp_path: Path) -> None:
    pack, told = packs.load("default"), list[tuple[str, float]]()
    paths = packs.prepare(pack, tmp_path, lambda what, done: told.append((what, done)))
    assert [done for _, done in told] == sorted(done for _, done in told)
    assert told[-1][1] == 1
    assert sorted(it.name for it in (tmp_path / "default").iterdir()) == CONVERTED
    stages = (paths.detector, paths.landmarks, paths.embedder, paths.genuineness)
    assert all(path.is_file() for stage in stages if stage for path in stage.paths)
    landmarks = tmp_path / "default" / "landmarks.onnx"
    assert paths.landmarks is not None
    assert paths.landmarks.paths == (landmarks,)
    written = landmarks.stat().st_mtime_ns
    told.clear()
    assert packs.prepare(pack, tmp_path, lambda what, done: told.append((what, done))) == paths
    assert landmarks.stat().st_mtime_ns == written
    assert told == []


def test_a_damaged_file_is_made_again(own_models: Path) -> None:
    pack, path = packs.load("default"), own_models / "default" / "detector.onnx"
    sound = path.read_bytes()
    for damaged in (b"", sound[:-1], sound[:1000] + b"\0" + sound[1001:], None):
        path.unlink() if damaged is None else path.write_bytes(damaged)
        states = {state.name: state.state for state in packs.verify(pack, own_models)}
        assert states.pop("detector.onnx") == ("missing" if damaged is None else "damaged")
        assert set(states.values()) == {"ok"}
        packs.prepare(pack, own_models)
        assert path.read_bytes() == sound
    assert sorted(it.name for it in path.parent.iterdir()) == CONVERTED


def test_digests_name_every_model_that_judges(models_path: Path) -> None:
    digests = packs.load("default").digests
    assert sorted(digests) == sorted([*CONVERTED, *SHIPPED])
    assert digests["embedder.onnx"] == packs.digest(models_path / "default" / "embedder.onnx")


@pytest.fixture
def own_detector(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shipped screen detector in a copy of the package's files that a test may damage."""
    package = tmp_path / "likeness"
    for folder in ("packs", "genuineness"):
        shutil.copytree(str(resources.files("likeness") / folder), package / folder)
    # Of this package only: others, like the one with httpx's certificates, look for their files once and for all.
    files = resources.files
    monkeypatch.setattr(resources, "files", lambda name: package if name == "likeness" else files(name))
    return package / "genuineness" / "replay.onnx"


@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_bytes(b"damaged")])
def test_a_damaged_shipped_model_is_said_to_need_a_reinstall(
    damage: Callable[[Path], object], own_detector: Path, own_models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LIKENESS_MODELS_DIR", raising=False)
    pack = packs.load("default")
    assert own_detector in packs.prepare(pack, own_models).genuineness.paths
    damage(own_detector)
    with pytest.raises(PackError, match=r"replay\.onnx, shipped with likeness.*reinstall"):
        packs.prepare(pack, own_models)
    for command in ("verify", "prepare"):
        told = CliRunner().invoke(app, ["models", command, "--data-dir", str(own_models.parent)])
        assert told.exit_code == 1
        assert "replay.onnx" in told.output


def test_the_manifest_is_of_the_shipped_model() -> None:
    files = [it.file for it in packs.files(packs.load("default")) if it.stage == "genuineness"]
    assert sorted(file.name for file in files) == SHIPPED
    for file in files:
        shipped = Path(str(resources.files("likeness") / "genuineness" / file.name)).read_bytes()
        assert isinstance(file.origin, Shipped)
        assert (len(shipped), hashlib.sha256(shipped).hexdigest()) == (file.size, file.sha256), (
            f"run {file.origin.trained_by}"
        )


def test_training_states_its_result_in_the_manifest(tmp_path: Path) -> None:
    before = MANIFEST.read_bytes()
    networks = {path.name: path.read_bytes() for path in RESULTS.glob("*.onnx")}
    (tmp_path / "manifest.json").write_bytes(before)
    write_manifest(tmp_path / "manifest.json", networks)
    assert (tmp_path / "manifest.json").read_bytes() == before
    write_manifest(tmp_path / "manifest.json", {**networks, "replay.onnx": b"another"})
    files = Manifest.model_validate_json((tmp_path / "manifest.json").read_bytes()).files
    assert {it.name: it.size for it in files}["replay.onnx"] == len(b"another")
    assert {it.name: it.sha256 for it in files}["replay.onnx"] == hashlib.sha256(b"another").hexdigest()


def test_an_unknown_pack_is_an_error() -> None:
    with pytest.raises(PackError, match=r"no model pack 'nobody'; known: .*default"):
        packs.load("nobody")


def test_a_pack_without_calibration_cannot_be_served(tmp_path: Path) -> None:
    pack = packs.Pack(packs.load("default").manifest, tmp_path)
    assert not pack.calibrated
    with pytest.raises(PackError, match="no calibration file"):
        packs.require_calibration(pack)
    for wrong in ("{", "[1]"):
        (tmp_path / pack.manifest.calibration).write_text(wrong)
        with pytest.raises(PackError, match="calibration file of model pack 'default'"):
            packs.require_calibration(pack)


def test_models_that_cannot_be_written_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file where the folder should be")
    with pytest.raises(PackError, match="cannot be written"):
        packs.prepare(packs.load("default"), tmp_path / "models")


@pytest.mark.parametrize("kept", [0, 1, 40, 100, 5000, 729_939])
def test_cut_weights_are_said_to_be_damaged(kept: int) -> None:
    with pytest.raises(WeightsFormatError):
        read_network(Path(weights("detector")).read_bytes()[:kept])


def test_altered_weights_are_said_to_be_damaged_or_read() -> None:
    sound = Path(weights("detector")).read_bytes()
    refused = 0
    for position in range(140):  # the head of the file: everything after is mostly numbers
        for value in (0x00, 0x08, 0x88, 0xFF):
            try:
                read_network(sound[:position] + bytes([value]) + sound[position + 1 :])
            except WeightsFormatError:
                refused += 1
    assert refused > 300


@pytest.mark.parametrize("kept", [0, 10, 60, 1000, 200_000])
def test_a_cut_shape_predictor_is_said_to_be_damaged(kept: int) -> None:
    with pytest.raises(WeightsFormatError):
        read_shape_predictor(Path(weights("landmarks")).read_bytes()[:kept])


def test_the_command_line_lists_prepares_and_verifies(own_models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIKENESS_MODELS_DIR", raising=False)
    run, where = CliRunner().invoke, ["--data-dir", str(own_models.parent), "--json"]
    listed = json.loads(run(app, ["models", "list", *where]).stdout)
    assert [file["licence"] for row in listed if row["pack"] == "default" for file in row["files"]] == [
        *["CC0-1.0"] * len(CONVERTED),
        *["Apache-2.0"] * len(SHIPPED),
    ]
    table = run(app, ["models", "list", *where[:2]], env={"COLUMNS": "300"}).stdout
    assert "shipped with likeness: genuineness/replay.onnx" in table
    (own_models / "default" / "embedder.onnx").write_bytes(b"damaged")
    broken = run(app, ["models", "verify", *where])
    assert broken.exit_code == 1
    assert {it["file"]: it["state"] for it in json.loads(broken.stdout)}["embedder.onnx"] == "damaged"
    prepared = run(app, ["models", "prepare", *where])
    assert prepared.exit_code == 0, prepared.output
    assert json.loads(prepared.stdout)["digests"] == packs.load("default").digests
    assert run(app, ["models", "verify", "--data-dir", str(own_models.parent)]).exit_code == 0
