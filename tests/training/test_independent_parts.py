"""What the attacks that detectors are tested on are made of: grids, bands, halftones and decoders, one by one."""

import dataclasses
from pathlib import Path

import cv2
import numpy as np
import pytest

from likeness.domain.face import Box, FloatArray
from training.genuineness.independent import generated as upsampling
from training.genuineness.independent import screen as display
from training.genuineness.independent.camera import choose_look, surface_coordinates
from training.genuineness.independent.paper import Press, print_raster
from training.pictures import read


@pytest.mark.parametrize("period", [1, 2])
def test_a_grid_too_fine_for_the_sensor_folds_down_to_moire(period: int) -> None:
    x = np.arange(display.CELL)
    cell = np.zeros((display.CELL, display.CELL, 3), np.float32)
    cell[:, x < display.CELL // 4] = 4
    panel = Box(0, 0, 1000, 1000)
    pitch = 1 / (1.23 * period)  # of a display pixel in scene pixels; one of these is one of the sensor's
    shown = display.Display(
        panel, panel, 0, pitch, cell, period, 2.2, np.ones(3, np.float32), 0, 0, np.ones(3, np.float32)
    )
    at = surface_coordinates(np.eye(3), (100, 20))
    look = choose_look(np.random.default_rng(1))
    sharp, soft = (
        display._grid(shown, at, np.eye(2), dataclasses.replace(look, lens_px=lens_px, aperture=0.4))
        for lens_px in (0.2, 2.0)
    )
    spectrum = np.abs(np.fft.rfft(sharp[5, :, 1] - sharp[5, :, 1].mean()))
    assert np.argmax(spectrum) == 23  # 1.23 cycles a pixel are seen as 0.23: 23 in 100 pixels
    assert sharp.mean() == pytest.approx(1, abs=0.02)
    assert soft.std() < 1e-4 < sharp.std() / 100


def test_bands_run_over_the_display_as_time_passes() -> None:
    flicker = display.Flicker((0.2, 0.05), 100.0, 0.02, 0.25)
    at_once, later, a_period_later = (flicker.rows(400, it)[:, 0, 0] for it in (0, 0.004, 0.01))
    assert at_once.std() > 0.1
    assert np.allclose(at_once, a_period_later, atol=1e-4)
    # 0.004 s is 80 of 400 rows read in 0.02 s: the bands have moved up by as many.
    assert np.allclose(at_once[80:], later[:-80], atol=1e-3)


def _press(kind: str) -> Press:
    return Press(40.0, kind, 0.0, 0.5, np.ones(4), mono=True, misplaced=np.zeros((4, 2)), streaks=0.0)


def test_a_screen_keeps_the_tone() -> None:
    paper_white = np.ones(3, np.float32)
    for value in (80, 130, 190):
        flat = np.full((200, 200, 3), value, np.uint8)
        raster = print_raster(flat, 100.0, _press("dots"), paper_white, 1)
        light = ((value / 255 + 0.055) / 1.055) ** 2.4
        assert raster.mean() == pytest.approx(light, abs=0.04)
        assert raster.std() > 5 * print_raster(flat, 100.0, _press("tone"), paper_white, 1).std()


def test_a_screen_has_its_pitch() -> None:
    flat = np.full((200, 200, 3), 180, np.uint8)
    raster = print_raster(flat, 100.0, _press("dots"), np.ones(3, np.float32), 1)[..., 0]
    window = np.hanning(len(raster))
    spectrum = np.abs(np.fft.fft2((raster - raster.mean()) * np.outer(window, window)))
    row, column = np.unravel_index(spectrum[: len(spectrum) // 2].argmax(), spectrum.shape)
    across = min(column, len(spectrum) - column)
    assert np.hypot(row, across) == pytest.approx(80, abs=1.5)  # 200 px are two boxes of 40 cells each


def test_print_keeps_colours() -> None:
    flat = np.empty((60, 60, 3), np.uint8)
    flat[:] = (200, 140, 110)
    press = Press(40.0, "tone", 0.0, 0.6, np.ones(4), mono=False, misplaced=np.zeros((4, 2)), streaks=0.0)
    light = print_raster(flat, 60.0, press, np.ones(3, np.float32), 1).mean(axis=(0, 1))
    wanted = ((np.array([200, 140, 110]) / 255 + 0.055) / 1.055) ** 2.4
    assert light == pytest.approx(wanted, abs=0.02)


@pytest.mark.parametrize("kind", ["transposed", "shuffled", "nearest", "bilinear"])
def test_a_decoder_without_errors_gives_the_picture_back_and_one_with_errors_a_beat(kind: str, data: Path) -> None:
    portrait = read(min(data.glob("london/*/neutral.jpg")))
    picture = np.asarray(cv2.resize(portrait, (256, 256), interpolation=cv2.INTER_AREA) / 255, np.float32)
    picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), 1), np.float32) * np.float32(0.8) + np.float32(0.1)
    stages = []
    for unevenness, learned, noise in ((0.0, 1.0, 0.0), (0.03, 0.9, 0.0)):
        drawn = upsampling._choose_stage(kind, unevenness, np.random.default_rng(1))
        stages.append(upsampling.Stage(kind, drawn.ideal, drawn.kernels, learned, noise, 1.0))
    perfect, flawed = (
        upsampling._decoded(picture, upsampling.Decoder((it, it), 256, 1, 0.0, np.ones(3, np.float32), 2.0, whole=True))
        for it in stages
    )
    assert np.abs(perfect - picture).max() < 1e-4
    assert np.abs(flawed - picture).mean() > 1e-3
    if kind in {"transposed", "shuffled"}:
        assert _beat(flawed) > 3 * _beat(picture)


def _beat(picture: FloatArray) -> float:
    """What of the picture changes from each row and column to the next."""
    signs = (-1.0) ** np.arange(picture.shape[0])
    along = [
        np.abs((picture * it[..., None]).mean(axis=(0, 1))).max()
        for it in (np.outer(signs, signs), np.outer(signs, np.ones_like(signs)), np.outer(np.ones_like(signs), signs))
    ]
    return float(max(along))
