"""pocketsphinx as a recogniser of digits, to compare with (`pip install pocketsphinx`): its own English model."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pocketsphinx

from likeness.domain.face import FloatArray
from likeness.domain.sound import Sound
from training.digits.voices import WORDS

PRONUNCIATIONS = """\
zero Z IH R OW
zero(2) Z IY R OW
zero(3) OW
one W AH N
two T UW
three TH R IY
four F AO R
four(2) F AO
five F AY V
six S IH K S
seven S EH V AH N
eight EY T
nine N AY N
"""
DITHER = 3e-3
PEAK = 0.5
BEAM = 1e-80
"""Wide: the string asked for must not be given up early."""


WORST = -1e4
"""The score of a string that is not found at all."""
Arc = tuple[int, int, float] | tuple[int, int, float, str]
"""From, to, probability, and the word, if there is one."""


class SphinxRecogniser:
    """Score: how much less likely the string asked for is than the likeliest string of digits; 0 where it is that."""

    def __init__(self) -> None:
        with tempfile.NamedTemporaryFile("w", suffix=".dict") as file:
            file.write(PRONUNCIATIONS)
            file.flush()
            self._decoder = pocketsphinx.Decoder(
                hmm=str(Path(pocketsphinx.get_model_path("en-us/en-us"))),
                dict=file.name,
                lm=None,
                loglevel="FATAL",
                beam=BEAM,
                wbeam=BEAM,
                pbeam=BEAM,
                maxhmmpf=-1,
                bestpath=False,
                cmn="batch",
                wip=0.5,
                # Likelihoods are told next to the best of the states looked at: for two grammars to compare, of all.
                compallsen=True,
            )

    def _search(self, arcs: list[Arc], final: int, sound: bytes) -> tuple[str, float]:
        """The likeliest words of a grammar, and the logarithm of their likelihood in the decoder's own base."""
        self._decoder.add_fsg("digits", self._decoder.create_fsg("digits", 0, final, arcs))
        self._decoder.activate_search("digits")
        self._decoder.start_utt()
        self._decoder.process_raw(sound, full_utt=True)
        self._decoder.end_utt()
        found = self._decoder.hyp()
        return (found.hypstr, float(self._decoder.logmath.log(found.score))) if found else ("", -np.inf)

    def scores(self, sound: Sound, asked: Sequence[str]) -> tuple[str, list[float]]:
        """What is most likely said, and each string's score."""
        samples = prepared(sound.samples)
        loop: list[Arc] = [(start, 1, 1.0, word) for start in (0, 1) for word in WORDS]
        words, best = self._search(loop, 1, samples)
        found = []
        for string in asked:
            exact: list[Arc] = [(place, place + 1, 1.0, WORDS[int(digit)]) for place, digit in enumerate(string)]
            found.append(max(self._search(exact, len(string), samples)[1] - best, WORST))
        return "".join(str(WORDS.index(word.split("(")[0])) for word in words.split()), found


def prepared(samples: FloatArray) -> bytes:
    """As 16-bit samples at one loudness, with a little noise, as digital silence upsets the recogniser."""
    rng = np.random.default_rng(0)
    loud = samples / (np.abs(samples).max(initial=0) or 1) * PEAK + DITHER * rng.standard_normal(samples.size)
    return bytes((loud.clip(-1, 1) * 32767).astype(np.int16).tobytes())
