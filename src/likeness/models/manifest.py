"""`manifest.json` of a model pack: which files each stage runs, where they come from, and what was derived for them."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

StageName = Literal["detector", "landmarks", "embedder", "genuineness", "second_opinion"]


class PackError(Exception):
    """A model pack is unknown, incomplete, damaged beyond repair or not calibrated; the message says what to do."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Converted(_Part):
    """Weights out of a file of a Python package, from which the model is converted.

    activation_limits: see `convert.convert_embedder`; derived by `training.activations`.
    """

    package: str
    version: str
    path: str
    sha256: str
    activation_limits: tuple[float, ...] = ()


class Shipped(_Part):
    """A model that the project trained itself: `path` in the installed package, written by `trained_by`."""

    path: str
    trained_by: str


class Downloaded(_Part):
    """A file that others publish, fetched by `likeness models pull`.

    urls: tried in turn; all hold the same bytes. repository, commit: where the authors publish it. licence_url: the
    text of its licence.
    """

    urls: tuple[str, ...] = Field(min_length=1)
    repository: str
    commit: str
    licence_url: str


class PackFile(_Part):
    """One file of a pack, as it lies on disk; licence: SPDX. input, output: names, shapes, types and meaning."""

    name: str = Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$")
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    size: int
    licence: str
    input: str
    output: str
    origin: Converted | Shipped | Downloaded


class OwnStage(_Part):
    """A stage with files of its own. kind: which code runs them. parameters: what that code was fitted to."""

    kind: str
    files: tuple[PackFile, ...] = Field(min_length=1)
    parameters: dict[str, Any] = {}


class BorrowedStage(_Part):
    """The same stage of another pack, whose files lie in that pack's folder and are not kept twice."""

    pack: str


class ConcatenatedEmbedder(_Part):
    """The embedders of other packs side by side; parts: weight of each pack.

    Its vectors hold each part's unit vector times the root of its share of the weights, so that the cosine of two is
    the weighted mean of the parts' cosines.
    """

    kind: Literal["concatenated"]
    parts: dict[str, float] = Field(min_length=2)

    @field_validator("parts")
    @classmethod
    def _weights_are_positive(cls, parts: dict[str, float]) -> dict[str, float]:
        if min(parts.values()) <= 0:
            raise ValueError("every weight must be over 0")
        return parts


Stage = OwnStage | BorrowedStage | ConcatenatedEmbedder


class Manifest(_Part):
    """`manifest.json` of a pack.

    Without `landmarks`, the detector gives the five points that faces are aligned by. A `second_opinion` judges
    genuineness beside the stage of that name.
    """

    name: str
    version: str
    description: str
    stages: dict[StageName, Stage]
    calibration: str

    @field_validator("stages")
    @classmethod
    def _complete(cls, stages: dict[StageName, Stage], info: ValidationInfo) -> dict[StageName, Stage]:
        if missing := {"detector", "embedder", "genuineness"} - stages.keys():
            msg = f"stages missing: {', '.join(sorted(missing))}"
            raise ValueError(msg)
        for name, stage in stages.items():
            if isinstance(stage, ConcatenatedEmbedder) and name != "embedder":
                raise ValueError("only an embedder can be concatenated")
            if isinstance(stage, BorrowedStage) and stage.pack == info.data.get("name"):
                raise ValueError("a stage cannot be borrowed from its own pack")
        return stages

    @property
    def files(self) -> tuple[PackFile, ...]:
        """The pack's own files, which lie in its folder unless they are shipped."""
        return tuple(file for stage in self.stages.values() if isinstance(stage, OwnStage) for file in stage.files)
