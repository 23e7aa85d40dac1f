"""Digits read aloud: what is heard, and whether the mouth moves with it."""

from collections.abc import Sequence

from likeness.domain.face import Face
from likeness.domain.sound import Sound
from likeness.domain.spoken import Spoken
from likeness.models.digits import DigitRecogniser
from likeness.models.lip_sync import LipSyncJudge
from likeness.models.views import Aligner
from likeness.pipeline.frames import ClipFrame
from likeness.pipeline.mouths import mouths


class SpeechReader:
    """A recogniser of one language, a judge of lips, and what finds the mouth in a face."""

    def __init__(self, recogniser: DigitRecogniser, lip_sync: LipSyncJudge, aligner: Aligner) -> None:
        self._recogniser = recogniser
        self._lip_sync = lip_sync
        self._aligner = aligner

    def read(self, film: Sequence[ClipFrame], found: Sequence[tuple[float, Face]], sound: Sound, digits: str) -> Spoken:
        """What is made of a clip's sound and of its mouth.

        Args:
            film: all frames of the clip, in order of time.
            found: of some moments, in seconds since the first frame, the largest face, in pixels of the film.
            sound: of the clip.
            digits: those asked for.
        """
        series = mouths(film, found, self._aligner)
        return Spoken(self._recogniser.hear(sound, digits), self._lip_sync.judge(series, sound))
