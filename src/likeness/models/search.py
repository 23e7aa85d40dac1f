"""Looks for faces by need: at the whole picture when small, and closer only where something face-like answered.

The detector answers a face of its window's size with a positive score. A face of any other size, from a sixth of the
window to twice of it, it answers with a score far *below* that of most backgrounds: it was trained to reject windows
that hold a face wrongly. So one look at the whole picture, 160 pixels wide, tells where faces of any size may be.
`training/repulsion.py` measures how low that answer is for each size.
"""

import cv2
import numpy as np

from likeness.domain.face import Face, ImageArray
from likeness.models.scene import Places, Region, Scene, Scores
from likeness.models.windows import STRIDE_PX, WINDOW_PX, largest_first, suppress

# Widths of the picture at which it is looked at. A window is half of the first; each further one is 1.3 times the one
# before, as the detector takes faces of 68 to 90 pixels for its own (training/repulsion.py).
FIRST_WIDTH_PX, STEP, LAST_WIDTH_PX = 160.0, 1.3, 842.0
# Around the picture ground of the mean colour is laid, so that faces cut by the border are found; this is dlib's width.
BORDER_PX = 11
# Widths, and ground to lay, for faces over half of the width, up to 1.2 times as wide as the picture: the larger, the
# more of them is cut off.
SMALL_WIDTHS_PX = ((123.0, 11), (95.0, 27), (73.0, 27))
# The smallest face looked for, as part of the width: a tenth and a little less.
LEAST_FACE = 0.097
# A second face matters from half of the main one's width (callers refuse several faces); a little less is looked for.
SECOND_FACE = 0.45
# A face larger than the window by this factor is still found, so the search may end.
SIZE_TOLERANCE = 1.05
# Face width in pixels, and the score that at least 19 in 20 such faces fall below somewhere (training/repulsion.py).
REPULSION_PX = (20.0, 30.0, 35.0, 40.0, 45.0)
REPULSION = (-2.0, -2.1, -2.4, -2.65, -2.85)
# Where nothing was found at all, places are looked at that score this much higher.
SLACK = 0.25
# A face of at least this score is a face for sure (median 1.05), and larger ones need not be looked for.
CERTAIN = 0.9
# A face of at least this score and part of the picture's width needs no closer look at its size: even if it is a step
# narrower than it seems, a second face of half its width is well over the least (`python -m training.agreement`).
SURE_SIZE, SURE_WIDTH = 1.0, 1 / 3
# A face of the last look is as wide as a window there; one of the look before, STEP times as wide. Between the two:
SURELY_OLDER = 1.15
# Low scores up to this part of a found face's width beside and above its centre are its own. More would hide a second
# face close by, less would have the search look at hair and shoulders; `python -m training.agreement` counts both.
OWN_REACH = np.array([0.55, 0.8])
# Half a window: what has to be seen around a place to judge it.
MARGIN_PX = 40


class Search:
    """One search in one picture.

    Args:
        scores: the detector's network.
        image: (height, width, 3), uint8, RGB.
    """

    def __init__(self, scores: Scores, image: ImageArray) -> None:
        self._scene = Scene(scores, image, LAST_WIDTH_PX)
        self._faces: list[Face] = []
        self._slack = 0.0

    def faces(self) -> list[Face]:
        """The faces of the picture, boxes in its pixels, the largest first."""
        for self._slack in (0.0, SLACK):
            self._closer(self._whole_picture())
            if self._faces:
                break
        return largest_first(self._faces)

    def _whole_picture(self) -> Places:
        """Find large faces; returns the places where smaller ones may be."""
        places = self._look([self._scene.whole], FIRST_WIDTH_PX, BORDER_PX)
        for width_px, border_px in SMALL_WIDTHS_PX:
            # Beside a face of two fifths of the width there is no room for one of over half.
            if any(face.score >= CERTAIN for face in self._faces):
                break
            self._look([self._scene.whole], width_px, border_px)
        return places

    def _closer(self, places: Places) -> None:
        """Find small faces around low-scored places, nearer with every step and in less and less of the picture."""
        width_px = FIRST_WIDTH_PX
        while True:
            seen_px = width_px * self._least_face()
            limit = float(np.interp(seen_px, REPULSION_PX, REPULSION)) + self._slack
            places = self._unexplained(places[places[:, 2] < limit], width_px)
            width_px *= STEP
            beyond = width_px * self._least_face() > WINDOW_PX * SIZE_TOLERANCE
            if len(places) == 0 or beyond or width_px > LAST_WIDTH_PX:
                return
            places = self._look(self._regions(places, width_px / self._scene.reach_px), width_px, BORDER_PX)

    def _look(self, regions: list[Region], width_px: float, border_px: int) -> Places:
        """Run the detector on regions at a scale; keeps the faces and returns the low-scored places."""
        places = []
        for region in regions:
            faces, low = self._scene.look(region, width_px, border_px, REPULSION[0] + self._slack)
            self._faces += faces
            places.append(low)
        self._faces = suppress(self._faces)
        return np.concatenate(places)

    def _least_face(self) -> float:
        """The narrowest face that is still worth finding, as part of the picture's width."""
        widest = max((face.box.width_px for face in self._faces), default=0.0)
        return max(LEAST_FACE, SECOND_FACE * widest * float(self._scene.shrunk[0]) / self._scene.reach_px)

    def _unexplained(self, places: Places, width_px: float) -> Places:
        """Places that no face accounts for. Those of the last look do not yet, unless they are of a sure size."""
        keep = np.ones(len(places), dtype=bool)
        for face in self._faces:
            reach_px = face.box.width_px * self._scene.shrunk[0]
            part = reach_px / self._scene.reach_px
            if part * width_px > WINDOW_PX * SURELY_OLDER or (face.score >= SURE_SIZE and part >= SURE_WIDTH):
                box = face.box
                centre = np.array([box.left + box.right, box.top + box.bottom]) / 2 * self._scene.shrunk
                keep &= (np.abs(places[:, :2] - centre) > reach_px * OWN_REACH).any(axis=1)
        return places[keep]

    def _regions(self, places: Places, scale: float) -> list[Region]:
        """Rectangles that hold the places with a margin: one for each group, or one for all if that is no more."""
        pitch = STRIDE_PX / scale
        cells = (places[:, :2] / pitch).astype(np.intp)
        grid = np.zeros((cells[:, 1].max() + 1, cells[:, 0].max() + 1), dtype=np.uint8)
        grid[cells[:, 1], cells[:, 0]] = 1
        # Groups whose margins would mostly overlap become one.
        near = 2 * (MARGIN_PX // (2 * STRIDE_PX)) + 1
        _, labels = cv2.connectedComponents(cv2.dilate(grid, np.ones((near, near), dtype=np.uint8)))
        label = labels[cells[:, 1], cells[:, 0]]
        groups = [self._around(places[label == each], MARGIN_PX / scale) for each in np.unique(label)]
        everything = self._around(places, MARGIN_PX / scale)
        return groups if sum(group.area_px for group in groups) < everything.area_px else [everything]

    def _around(self, places: Places, margin_px: float) -> Region:
        low = np.floor(places[:, :2].min(axis=0) - margin_px)
        high = np.ceil(places[:, :2].max(axis=0) + margin_px)
        left, top = (max(0, int(value)) for value in low)
        return Region(
            left, top, min(self._scene.whole.right, int(high[0])), min(self._scene.whole.bottom, int(high[1]))
        )
