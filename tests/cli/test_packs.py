"""What the commands say about the packs that are shipped, before and after their files are pulled."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from likeness.models import packs

LIMIT_S = 60
SHIPPED = ["default", "mobile", "mobile+dlib"]
ATTACKS = ["screen.onnx", "print.onnx", "cutout.onnx", "generated.onnx", "replay.onnx", "banding.onnx"]
STAGES = {
    "default": {
        "detector": ("default", ["detector.onnx"]),
        "landmarks": ("default", ["landmarks.onnx"]),
        "embedder": ("default", ["embedder.onnx"]),
        "genuineness": ("default", ATTACKS),
    },
    "mobile": {
        "detector": ("mobile", ["yunet_n_320_320.onnx", "yunet_n_640_640.onnx"]),
        "embedder": ("mobile", ["mobilefacenet_ms1m_112.onnx"]),
        "genuineness": ("default", ATTACKS),
        "second_opinion": ("mobile", ["2.7_80x80_MiniFASNetV2.pth", "4_0_0_80x80_MiniFASNetV1SE.pth"]),
    },
}


@pytest.fixture
def pulled_nothing(models_path: Path, tmp_path: Path) -> Path:
    """A folder of models that holds the default pack alone."""
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "default").symlink_to(models_path / "default")
    return tmp_path / "models"


def likeness(models: Path, *words: str, pack: str = "default") -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "LIKENESS_MODELS_DIR": str(models),
        "LIKENESS_DATA_DIR": str(models.parent / "data"),
        "LIKENESS_PACK": pack,
        "COLUMNS": "300",
    }
    return subprocess.run(  # noqa: S603
        [sys.executable, "-m", "likeness", *words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )


def listed(models: Path, pack: str = "default") -> dict[str, dict[str, Any]]:
    return {row["pack"]: row for row in json.loads(likeness(models, "models", "list", "--json", pack=pack).stdout)}


@pytest.mark.parametrize("pack", ["mobile", "mobile+dlib"])
def test_a_pack_that_was_not_pulled_is_not_served(pack: str, pulled_nothing: Path) -> None:
    done = likeness(pulled_nothing, "serve", "--port", "0", pack=pack)
    assert done.returncode == 1
    assert done.stdout == ""
    missing = "yunet_n_320_320.onnx of model pack 'mobile' is missing or damaged"
    assert done.stderr == f"{missing}: run `likeness models pull mobile`.\n"


def test_the_list_tells_where_every_stage_comes_from(pulled_nothing: Path) -> None:
    rows = listed(pulled_nothing, pack="mobile")
    assert list(rows) == SHIPPED
    assert {name: (row["supported"], row["state"], row["in_use"]) for name, row in rows.items()} == {
        "default": (True, "ready", False),
        "mobile": (True, "not pulled", True),
        "mobile+dlib": (True, "not pulled", False),
    }
    for name, stages in STAGES.items():
        told = [(file["stage"], file["pack"], file["name"]) for file in rows[name]["files"]]
        assert told == [(stage, owner, file) for stage, (owner, names) in stages.items() for file in names]
    assert {(file["stage"], file["pack"]) for file in rows["mobile+dlib"]["files"]} == {
        ("detector", "mobile"),
        ("landmarks", "default"),
        ("embedder", "mobile"),
        ("embedder", "default"),
        ("genuineness", "default"),
        ("second_opinion", "mobile"),
    }
    for row in rows.values():
        assert {"version", "description"} <= row.keys()
        assert all(file["licence"] and file["size"] and len(file["sha256"]) == 64 for file in row["files"])


def test_the_table_says_for_people_which_packs_can_be_served(pulled_nothing: Path) -> None:
    table = likeness(pulled_nothing, "models", "list").stdout.splitlines()
    for name, state in {
        "default": "(supported; ready, in use)",
        "mobile": "(supported; not pulled)",
        "mobile+dlib": "(supported; not pulled)",
    }.items():
        (summary,) = (line for line in table if line.startswith(f"{name} {packs.load(name).manifest.version}: "))
        assert summary.endswith(state)
    embedder, near, far = (
        line for line in table if line.split()[:2] in (["mobile", "embedder"], ["mobile", "second_opinion"])
    )
    assert all("Apache-2.0" in line for line in (embedder, near, far))
    assert "https://github.com/foamliu/MobileFaceNet at a6cc9032" in embedder
    assert all("https://github.com/minivision-ai/Silent-Face-Anti-Spoofing at b6d5f04a" in line for line in (near, far))


def test_damage_after_the_pull_is_said_with_the_same_remedy(all_models_path: Path, tmp_path: Path) -> None:
    models = tmp_path / "models"
    shutil.copytree(all_models_path, models, symlinks=True)
    assert listed(models)["mobile"]["state"] == listed(models)["mobile+dlib"]["state"] == "ready"
    file = models / "mobile" / "mobilefacenet_ms1m_112.onnx"
    file.write_bytes(file.read_bytes()[:-1])
    assert listed(models)["mobile"]["state"] == listed(models)["mobile+dlib"]["state"] == "not pulled"
    done = likeness(models, "serve", "--port", "0", pack="mobile+dlib")
    assert (done.returncode, done.stdout) == (1, "")
    damaged = "mobilefacenet_ms1m_112.onnx of model pack 'mobile' is missing or damaged"
    assert done.stderr == f"{damaged}: run `likeness models pull mobile`.\n"
