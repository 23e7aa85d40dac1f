"""Every entry of `selfie/thresholds.json`."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.observe import PackReader
from training.pictures import Picture, cfp, london
from training.selfie import limits
from training.selfie.geometry import Array
from training.selfie.labels import Labelled
from training.selfie.limits import Groups
from training.selfie.material import FIT_PERCENT, QUALITIES, Faces
from training.selfie.posed import LIMIT_DEG, Posed

PACKS = ("default", "mobile")
"""The third pack finds faces as `mobile` does."""
PORTRAITS = ("CFP", "London")
PROFILES = ("CFP-profile",)
REPORTED_FROM = 80
"""Of 100 parts of the people, those from here on are reported on: neither network nor limits were made with them."""
LEAST_FRAMES = 20
"""A clip in which a pack finds fewer faces of a kind says nothing: live_n's people wear masks."""
QUALITY_UNITS = {
    "sharpness": "variance of the Laplacian, grey levels squared",
    "brightness": "mean grey level, 0-255",
    "contrast": "standard deviation of grey levels",
}
FRONT_DATA = "CFP frontal, London and LFW looking ahead, four fifths of the people; frames of live selfie clips"
SIDE_DATA = "CFP profile and LFW turned over 20 degrees, four fifths of the people; frames of live selfie clips"


def clips(data: Path) -> list[Path]:
    """Clips of one live person each."""
    return sorted(data.glob("clips/live_*"))


def reported_portraits(data: Path) -> dict[str, list[Picture]]:
    """CFP frontal of the people who are reported on; all of London, of which no limit on quality hangs."""
    return {"CFP": [it for it in cfp(data) if place_of(it.person) >= REPORTED_FROM], "London": london(data)}


def place_of(person: str) -> int:
    """In which of 100 parts of the people somebody is; `material.fitted` are the first FIT_PERCENT."""
    return int(hashlib.sha256(person.encode()).hexdigest()[:8], 16) % 100


def between(faces: Faces, low: int, high: int) -> NDArray[np.bool_]:
    """(n,): whether a face was found and its person is in these parts."""
    chosen: NDArray[np.bool_] = faces.found & np.array([low <= place_of(it) < high for it in faces.person], bool)
    return chosen


def derive(
    told: dict[str, dict[str, Labelled]],
    posed: dict[str, dict[str, Posed]],
    data: Path,
    readers: dict[str, PackReader],
) -> dict[str, dict[str, Any]]:
    """All entries."""
    front, side = _chosen(posed, turned=False), _chosen(posed, turned=True)
    entries = _qualities("front", front, FRONT_DATA) | _qualities("side", side, SIDE_DATA)
    entries |= _angles(told, posed)
    rates = limits.found_by_share(london(data), readers)
    whole = {name: one for name, one in (front | side).items() if not name.endswith(("CFP", "CFP-profile"))}
    shares = _of(whole, lambda one: limits.placements(one.faces)[:, 0])
    offsets = _of(front | side, lambda one: limits.placements(one.faces)[:, 1])
    beyond = _of(front | side, lambda one: limits.placements(one.faces)[:, 2])
    both = f"{FRONT_DATA}; {SIDE_DATA}"
    return entries | {
        "min_share": limits.between(shares, rates, upper=False),
        "max_share": limits.between(shares, rates, upper=True),
        "max_offset": limits.most(offsets, "parts of the picture's width or height", both, 2),
        "max_beyond": limits.most(beyond, "sides of the face's square", both, 2),
    }


def _qualities(kind: str, groups: dict[str, Posed], data: str) -> dict[str, dict[str, Any]]:
    columns = {
        name: {group: one.faces.quality[:, QUALITIES.index(name)].astype(np.float64) for group, one in groups.items()}
        for name in QUALITY_UNITS
    }
    return {
        f"{kind}_sharpness": limits.least(columns["sharpness"], QUALITY_UNITS["sharpness"], data, 1),
        f"{kind}_min_brightness": limits.least(columns["brightness"], QUALITY_UNITS["brightness"], data, 1),
        f"{kind}_max_brightness": limits.most(columns["brightness"], QUALITY_UNITS["brightness"], data, 1),
        f"{kind}_contrast": limits.least(columns["contrast"], QUALITY_UNITS["contrast"], data, 1),
    }


def _angles(told: dict[str, dict[str, Labelled]], posed: dict[str, dict[str, Posed]]) -> dict[str, dict[str, Any]]:
    parts = []
    for pack in PACKS:
        mine = between(told[pack]["LFW"].faces, FIT_PERCENT, REPORTED_FROM)
        parts.append((told[pack]["LFW"].at(mine), posed[pack]["LFW"].at(mine)))
    level = _of(_held(posed), lambda one: np.abs(one.pose[:, 1]))
    data = "CFP frontal, London and LFW, half of the people whom the network was not fitted to"
    parted = limits.boundary(parts)
    return {
        "front_yaw_deg": parted,
        "side_yaw_deg": parted,
        "front_pitch_deg": limits.most(level, "degrees, up or down", f"{data}; looking ahead", 0),
    }


def _held(posed: dict[str, dict[str, Posed]]) -> dict[str, Posed]:
    """Of those who look ahead, the ones whom the network was not fitted to and who are not reported on."""
    chosen = {}
    for pack in PACKS:
        for name, one in posed[pack].items():
            mine = between(one.faces, FIT_PERCENT, REPORTED_FROM)
            ahead = one.at(mine & (np.abs(np.nan_to_num(one.pose[:, 0], nan=90)) < LIMIT_DEG))
            if name in (*PORTRAITS, "LFW"):  # those in the clips nod, as they were asked to
                chosen[f"{pack} {name}"] = ahead
    return chosen


def _chosen(posed: dict[str, dict[str, Posed]], *, turned: bool) -> dict[str, Posed]:
    """Good selfies, front or side, of people who are not reported on, and clips' frames."""
    chosen = {}
    for pack in PACKS:
        for name, one in posed[pack].items():
            if name in (PROFILES if turned else PORTRAITS):
                chosen[f"{pack} {name}"] = one.at(between(one.faces, 0, REPORTED_FROM))
            elif name == "LFW" or name.startswith("live_"):
                over = np.abs(np.nan_to_num(one.pose[:, 0])) > LIMIT_DEG
                mine = between(one.faces, 0, REPORTED_FROM) if name == "LFW" else one.faces.found
                frames = one.at(mine & (over == turned))
                if len(frames.faces) >= LEAST_FRAMES:
                    chosen[f"{pack} {name}"] = frames
    return chosen


def _of(groups: dict[str, Posed], measure: Callable[[Posed], Array]) -> Groups:
    return {name: measure(one) for name, one in groups.items()}
