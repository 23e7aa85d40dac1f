"""What of a clip reaches those who judge it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from likeness import spoken_clips
from likeness.domain.capture import ClipRequest
from likeness.domain.face import Face
from likeness.domain.sound import RATE_HZ, Sound
from likeness.domain.spoken import Spoken
from likeness.models import packs
from likeness.pipeline.frames import ClipFrame
from likeness.pipeline.speaking import SpeechReader
from likeness.pipeline.stages import load_pipelines
from likeness.spoken_clips import FPS, Footage


def test_sound_after_the_picture_reaches_no_judge(
    models_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A victim's clip, its sound kept, with a loud voice once the picture has ended."""
    read, heard = SpeechReader.read, list[Sound]()

    def listen(
        self: SpeechReader, film: Sequence[ClipFrame], found: Sequence[tuple[float, Face]], sound: Sound, digits: str
    ) -> Spoken:
        heard.append(sound)
        return read(self, film, found, sound, digits)

    monkeypatch.setattr(SpeechReader, "read", listen)
    victim = spoken_clips.spliced(data / "grid" / "s1", "3819")
    duration_s = len(victim.frames) / FPS
    beside = (0, spoken_clips.RATE_HZ)
    quiet = np.pad(victim.samples, beside)[: round((duration_s + 0.1) * spoken_clips.RATE_HZ)] * np.float32(0.01)
    loud = np.sin(np.arange(3 * spoken_clips.RATE_HZ) / 3).astype(np.float32) * np.float32(0.9)
    clip = spoken_clips.encode(Footage(victim.frames, np.concatenate([quiet, loud])))
    pipelines = load_pipelines(packs.prepare(packs.load("default"), models_path))
    pipelines.clip.observe(clip, ClipRequest(digits="3819"), lambda _: None)
    assert len(heard) == 1
    assert heard[0].start_s + len(heard[0].samples) / RATE_HZ <= duration_s
    assert 0 < np.abs(heard[0].samples).max() < 0.1
