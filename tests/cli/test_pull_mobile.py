"""`likeness models pull` of the packs that are shipped with it, from a local mirror of their real files."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from likeness.cli import app
from likeness.models import packs
from likeness.models.manifest import Downloaded
from tests.models.mirror import serving

FILES = [
    "2.7_80x80_MiniFASNetV2.pth",
    "4_0_0_80x80_MiniFASNetV1SE.pth",
    "mobilefacenet_ms1m_112.onnx",
    "yunet_n_320_320.onnx",
    "yunet_n_640_640.onnx",
]
LENT = ["embedder.onnx", "landmarks.onnx"]


def run(folder: Path, *args: str, status: int = 0) -> Result:
    environment = {"LIKENESS_MODELS_DIR": str(folder / "models"), "LIKENESS_DATA_DIR": str(folder / "data")}
    result = CliRunner().invoke(app, ["models", *args], env=environment)
    assert result.exit_code == status, result.output
    return result


def all_verified(folder: Path, pack: str) -> bool:
    return {it.state for it in packs.verify(packs.load(pack), folder / "models")} == {"ok"}


def test_mobile_from_a_folder_then_the_pack_that_borrows_from_it(published: Path, tmp_path: Path) -> None:
    where = ["--accept-licence", "--json", "--mirror", str(published)]
    done = json.loads(run(tmp_path, "pull", "mobile", *where).stdout)
    assert sorted(done["pulled"]) == FILES
    assert all_verified(tmp_path, "mobile")
    assert sorted(it.name for it in (tmp_path / "models" / "mobile").iterdir()) == FILES
    fused = json.loads(run(tmp_path, "pull", "mobile+dlib", *where).stdout)
    assert (fused["pulled"], fused["folder"]) == ([], str(tmp_path / "models"))
    assert all_verified(tmp_path, "mobile+dlib")
    assert sorted(it.name for it in (tmp_path / "models" / "default").iterdir()) == LENT
    rows = {row["pack"]: row for row in json.loads(run(tmp_path, "list", "--json").stdout)}
    assert rows["mobile"]["state"] == rows["mobile+dlib"]["state"] == "ready"
    for pack in rows.values():
        assert pack["supported"] == packs.load(pack["pack"]).calibrated


def test_mobile_over_http_with_cuts(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving({name: (published / name).read_bytes() for name in FILES}) as mirror:
        mirror.cuts = [100_000]
        run(tmp_path, "pull", "mobile", "--accept-licence", "--mirror", mirror.url)
        assert mirror.spans == [None, "bytes=100000-", None, None, None, None]
        assert all_verified(tmp_path, "mobile")
        mirror.files[FILES[0]] = mirror.files[FILES[0]][:-1] + b"x"
        sound = (tmp_path / "models" / "mobile" / FILES[0]).read_bytes()
        (tmp_path / "models" / "mobile" / FILES[0]).write_bytes(sound[:-1])
        said = run(tmp_path, "pull", "mobile", "--accept-licence", "--mirror", mirror.url, status=1).stderr
        assert "SHA-256 differs" in said
        assert (tmp_path / "models" / "mobile" / FILES[0]).read_bytes() == sound[:-1]


@pytest.mark.parametrize("name", packs.names())
def test_what_is_downloaded_is_named_by_commit_over_https(name: str) -> None:
    for used in packs.files(packs.load(name)):
        if isinstance(origin := used.file.origin, Downloaded):
            assert all(url.startswith("https://") and origin.commit in url for url in origin.urls)
            assert origin.licence_url.startswith("https://")
            assert used.file.licence
