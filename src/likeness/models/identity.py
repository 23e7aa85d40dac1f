"""What a pack's scores depend on, as digests: the files that it runs, and what its manifest says to do with them."""

import hashlib
import json
from collections.abc import Mapping, Sequence

from likeness.models.manifest import ConcatenatedEmbedder, OwnStage, PackError, Stage, StageName

PARAMETERS = "stage parameters"
"""Where the manifest's parameters and weights stand among the digests of files, whose names hold no space."""
TOLD = "derived"
"""The parameter that tells how the others were found; no stage reads it."""

UsedStages = Mapping[StageName, tuple[Stage, Sequence[tuple[str, OwnStage]]]]
"""Each stage of a pack with the packs that it comes from and the stage of each."""


def digests(pack: str, stages: UsedStages) -> dict[str, str]:
    """SHA-256 by file name and, where a stage has parameters or weights, of those under PARAMETERS.

    Raises:
        PackError: two files of one name are not the same, so that neither name would say which one is meant.
    """
    found: dict[str, str] = {}
    for _, sources in stages.values():
        for owner, source in sources:
            for file in source.files:
                if found.setdefault(file.name, file.sha256) != file.sha256:
                    msg = f"model pack {pack!r} uses two files named {file.name}, one of them of pack {owner!r}"
                    raise PackError(msg)
    fitted = {name: described for name, used in stages.items() if (described := _fitted(*used))}
    if fitted:
        canonical = json.dumps(fitted, sort_keys=True, separators=(",", ":"))
        found[PARAMETERS] = hashlib.sha256(canonical.encode()).hexdigest()
    return found


def comparing(stages: UsedStages) -> UsedStages:
    """Those that a comparison's score depends on: not those that judge genuineness."""
    return {name: used for name, used in stages.items() if name not in ("genuineness", "second_opinion")}


def _fitted(stage: Stage, sources: Sequence[tuple[str, OwnStage]]) -> list[object]:
    """What the manifests say of one stage beyond its files; empty where they say nothing."""
    weights = stage.parts if isinstance(stage, ConcatenatedEmbedder) else {}
    parameters = [{name: it for name, it in source.parameters.items() if name != TOLD} for _, source in sources]
    if not (weights or any(parameters)):
        return []
    # In the manifest's order, in which the parts of a vector lie side by side.
    return [
        [owner, source.kind, weights.get(owner), fitted]
        for (owner, source), fitted in zip(sources, parameters, strict=True)
    ]
