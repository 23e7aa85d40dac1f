"""Four-digit clips spliced of real sentences, and the attacks made of them."""

import io
from pathlib import Path

import av
import numpy as np
import pytest

from likeness import spoken_clips
from likeness.domain.face import FloatArray
from likeness.spoken_clips import FPS, RATE_HZ, Footage, Sentence

DIGITS = "3819"


@pytest.fixture(scope="module")
def speaker(data: Path) -> Path:
    return data / "grid" / "s1"


@pytest.fixture(scope="module")
def footage(speaker: Path) -> Footage:
    return spoken_clips.spliced(speaker, DIGITS)


def heard(clip: bytes) -> FloatArray:
    """Samples of an encoded clip from the moment of its first frame on."""
    with av.open(io.BytesIO(clip), "r") as container:
        parts = [(frame.pts, frame.to_ndarray()[0]) for frame in container.decode(audio=0)]
    begin = parts[0][0] or 0
    assert begin <= 0
    return np.concatenate([samples for _, samples in parts])[-begin:]


def lag_s(later: FloatArray, earlier: FloatArray) -> float:
    """By how much one sound is later than the other, where they are most alike."""
    size = 2 * max(len(later), len(earlier))
    alike = np.fft.irfft(np.fft.rfft(later, size) * np.conj(np.fft.rfft(earlier, size)))
    place = int(np.argmax(alike))
    return (place if place < size // 2 else place - size) / RATE_HZ


def test_clip_lasts_about_four_seconds_with_picture_and_sound_alike(footage: Footage) -> None:
    with av.open(io.BytesIO(spoken_clips.encode(footage))) as container:
        picture, sound = container.streams.video[0], container.streams.audio[0]
        assert (picture.codec_context.name, sound.codec_context.name) == ("h264", "aac")
        assert picture.frames == len(footage.frames)
    assert 3.5 < footage.duration_s < 4.6
    assert abs(len(footage.samples) / RATE_HZ - footage.duration_s) < 0.01


def test_encoded_sound_stands_where_it_was(footage: Footage) -> None:
    assert abs(lag_s(heard(spoken_clips.encode(footage)), footage.samples)) < 0.002


@pytest.mark.parametrize("delay_s", [-0.4, 0.4])
def test_delayed_sound_is_that_much_later(footage: Footage, delay_s: float) -> None:
    late = spoken_clips.delayed(footage, delay_s)
    assert len(late.samples) == len(footage.samples)
    assert lag_s(late.samples, footage.samples) == pytest.approx(delay_s, abs=0.001)


def test_words_are_louder_than_the_rests_around_them(speaker: Path) -> None:
    sentence = Sentence.read(speaker / "bbaf4p.mpg")
    word, rest = sentence.cut(sentence.digit), sentence.rest(20, trailing=True)
    assert len(rest.frames) == 20
    assert np.abs(word.samples).mean() > 4 * np.abs(rest.samples).mean()


def test_same_arguments_give_the_same_clip_and_other_variants_another(speaker: Path) -> None:
    first, again = (spoken_clips.splice(speaker, "70") for _ in range(2))
    assert first == again
    assert first != spoken_clips.splice(speaker, "70", variant=1)


def test_still_shows_one_frame_and_keeps_the_sound(footage: Footage) -> None:
    photo = spoken_clips.still(footage)
    assert len({frame.tobytes() for frame in photo.frames}) == 1
    assert len(photo.frames) == len(footage.frames)
    assert photo.samples is footage.samples


def test_silent_face_with_the_sound_of_another_has_the_picture_of_one_and_the_sound_of_the_other(
    speaker: Path, footage: Footage
) -> None:
    face = spoken_clips.resting(speaker, variant=2, duration_s=5.0)
    dubbed = spoken_clips.dubbed(face, footage)
    assert dubbed.frames is face.frames
    assert len(dubbed.samples) == 5 * RATE_HZ
    assert np.array_equal(dubbed.samples[: len(footage.samples)], footage.samples)


def test_muted_clip_has_no_sound_stream(footage: Footage) -> None:
    with av.open(io.BytesIO(spoken_clips.encode(spoken_clips.muted(footage)))) as container:
        assert not container.streams.audio
        assert len(container.streams.video) == 1


def test_noise_is_as_loud_as_told(footage: Footage) -> None:
    noise = spoken_clips.noisy(footage, 20.0).samples - footage.samples
    assert 10 * np.log10(np.mean(footage.samples**2) / np.mean(noise**2)) == pytest.approx(20, abs=0.5)


@pytest.mark.parametrize("digits", ["", "12a4", "1" * 11])
def test_other_than_some_digits_is_refused(speaker: Path, digits: str) -> None:
    with pytest.raises(ValueError, match="digits"):
        spoken_clips.spliced(speaker, digits)


def test_folder_without_sentences_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        spoken_clips.splice(tmp_path, DIGITS)


def test_frames_are_those_of_the_corpus(footage: Footage) -> None:
    assert FPS == 25
    assert {frame.shape for frame in footage.frames} == {(288, 360, 3)}
