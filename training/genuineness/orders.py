"""Which views are made of which faces, for fitting, for thresholds and for reporting."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.genuineness.faces import FoundFace, crops, find, portraits, synthetic
from training.genuineness.independent.cutout import cutout as other_cutout
from training.genuineness.independent.generated import generated as other_generated
from training.genuineness.independent.paper import paper as other_paper
from training.genuineness.independent.screen import screen as other_screen
from training.genuineness.material import Material, Order, Simulator, make
from training.genuineness.simulate.cloth import cloth
from training.genuineness.simulate.cutout import cutout
from training.genuineness.simulate.display import screen
from training.genuineness.simulate.paper import paper

FILMED_CROPS = 4
"""Times that each tight crop goes through the camera."""
SECOND_EVERY = 2
"""The second simulator takes up to a second a picture: every other face is enough for an interval of a few points."""
LFW_PEOPLE = 1371
"""One picture each."""
SIMULATED: dict[str, Simulator] = {"screen": screen, "print": paper, "cutout": cutout}
"""What is done to a live face, by the attack that it then shows."""
ATTACKS = (*SIMULATED, "generated")
"""Generated faces are real ones alone: beside imitations of a generator's upsampling, StyleGAN's were told worse."""
INDEPENDENT: dict[str, Simulator] = {
    "screen": other_screen,
    "print": other_paper,
    "cutout": other_cutout,
    "generated": other_generated,
}
"""The same by the second simulator; nothing is ever fitted to these."""


@dataclass(frozen=True, slots=True)
class Faces:
    """portraits: LFW, CFP and London. crops: tight ones of the replay sources. synthetic: generated and camera."""

    portraits: tuple[FoundFace, ...]
    crops: tuple[FoundFace, ...]
    synthetic: tuple[FoundFace, ...]

    @property
    def live_crops(self) -> tuple[FoundFace, ...]:
        """Those of live people."""
        return tuple(face for face in self.crops if face.label == "live")

    @classmethod
    def found(cls, data: Path, models: Path, work: Path) -> "Faces":
        """Every face that the default pack finds; see `faces.find`."""
        return cls(
            tuple(find(portraits(data, LFW_PEOPLE), models, work, "portraits")),
            tuple(find(crops(data), models, work, "crops")),
            tuple(find(synthetic(data), models, work, "synthetic")),
        )


def of_part(faces: tuple[FoundFace, ...], part: str) -> tuple[FoundFace, ...]:
    """Those whose person is in this part of the data."""
    return tuple(face for face in faces if face.part == part)


def fitting(faces: Faces, label: str, work: Path) -> Material:
    """Bona fide faces and one kind of attack, simulated and, where the data have it, real."""
    people, synthetic = of_part(faces.portraits, "fit"), of_part(faces.synthetic, "fit")
    wanted = [
        Order("fit-live", people, "live", 3),
        Order("fit-plain", people, "live", 1, filmed=False),
        Order("fit-cloth", people, "cloth", 1, cloth),
        Order("fit-crops", faces.crops, "live", FILMED_CROPS),
        Order("fit-crops-plain", faces.crops, "live", 1, filmed=False),
        Order("fit-synthetic", synthetic, "live", 30),
        Order("fit-synthetic-plain", synthetic, "live", 1, filmed=False),
    ]
    if label in SIMULATED:
        wanted.append(Order(f"fit-{label}", people, label, 3, SIMULATED[label]))
    if label in ("screen", "print"):
        wanted.append(Order(f"fit-{label}-crops", faces.live_crops, label, 1, SIMULATED[label]))
    material = Material.joined([make(order, work) for order in wanted])
    # Other attacks than its own are nothing to a detector: neither to be found nor to be let pass.
    return material.at(~material.attack | (material.label == label))


def held_out(faces: Faces, part: str, work: Path) -> dict[str, Material]:
    """Faces of `tune` or `report`, by what was done to them.

    plain: portraits as they are. filmed: the same through `camera.film`. cloth: in cloth masks, filmed. synthetic:
    generated faces and the camera's photographs beside them, filmed. And one simulated attack of each kind on each.
    """
    people, synthetic = of_part(faces.portraits, part), of_part(faces.synthetic, part)
    wanted = {
        "plain": Order(f"{part}-plain", people, "live", 1, filmed=False),
        "filmed": Order(f"{part}-live", people, "live", 1),
        "cloth": Order(f"{part}-cloth", people, "cloth", 1, cloth),
        "synthetic": Order(f"{part}-synthetic", synthetic, "live", 4),
        **{label: Order(f"{part}-{label}", people, label, 1, simulate) for label, simulate in SIMULATED.items()},
    }
    return {name: make(order, work) for name, order in wanted.items()}


def tight(faces: Faces, sources: list[str], work: Path) -> dict[str, Material]:
    """Tight crops of live people and of screens from some replay sources, as they are and filmed."""
    plain = make(Order("fit-crops-plain", faces.crops, "live", 1, filmed=False), work)
    filmed = make(Order("fit-crops", faces.crops, "live", FILMED_CROPS), work)
    once = np.arange(len(filmed)) % FILMED_CROPS == 0
    return {
        "crops plain": plain.at(np.isin(plain.source, sources)),
        "crops filmed": filmed.at(np.isin(filmed.source, sources) & once),
    }


def independent(faces: Faces, work: Path) -> dict[str, Material]:
    """Attacks by the second simulator on the people who are reported on."""
    people = of_part(faces.portraits, "report")[::SECOND_EVERY]
    return {
        label: make(Order(f"independent-{label}", people, label, 1, simulate), work)
        for label, simulate in INDEPENDENT.items()
    }
