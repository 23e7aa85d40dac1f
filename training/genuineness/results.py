"""Where what was trained is shipped, and how the default pack's manifest states it."""

import hashlib
import json
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parents[2] / "src" / "likeness" / "genuineness"
MANIFEST = RESULTS.parent / "packs" / "default" / "manifest.json"


def write_manifest(path: Path, networks: dict[str, bytes]) -> None:
    """State the networks' hashes and sizes in a pack's manifest, against which they are checked at every start."""
    manifest = json.loads(path.read_text("utf-8"))
    for file in manifest["stages"]["genuineness"]["files"]:
        file.update(stated(networks[file["name"]]))
    path.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", "utf-8")


def stated(data: bytes) -> dict[str, Any]:
    """Hash and size of a file, as a manifest has them."""
    return {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
