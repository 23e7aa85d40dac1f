"""Strings of digits and their likelihood, from a network that says at each time which digit it has just heard.

A. Graves et al., Connectionist temporal classification, ICML 2006. Symbol 0 is the blank, symbol 1 + d is digit d.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from likeness.domain.face import FloatArray

BLANK = 0
SYMBOLS = 11


def log_likelihoods(log_probabilities: FloatArray, strings: Sequence[str]) -> NDArray[np.float64]:
    """How likely each string is exactly what was said, all ways of saying it taken together.

    Args:
        log_probabilities: (times, SYMBOLS), natural logarithms.
        strings: (n,) strings of digits, all of one length.

    Returns:
        (n,), natural logarithms; -inf for strings with more digits than there are times.
    """
    digits = np.asarray([[int(digit) for digit in string] for string in strings], np.int64)
    symbols = np.full((len(strings), 2 * digits.shape[1] + 1), BLANK)
    symbols[:, 1::2] = digits + 1
    # A digit may follow another at once, without a blank between, unless it is the same.
    skips = np.zeros(symbols.shape, bool)
    skips[:, 3::2] = digits[:, 1:] != digits[:, :-1]
    # Two columns that nothing reaches stand before the first symbol; all begins before the first of them.
    reached = np.full((len(strings), symbols.shape[1] + 2), -np.inf)
    reached[:, 2] = 0.0
    for row in log_probabilities.astype(np.float64):
        stepped = np.logaddexp(reached[:, 2:], reached[:, 1:-1])
        leapt = np.where(skips, reached[:, :-2], -np.inf)
        reached[:, 2:] = np.logaddexp(stepped, leapt) + row[symbols]
    return np.logaddexp(reached[:, -1], reached[:, -2] if digits.shape[1] else -np.inf)


def log_odds(log_likelihood: float) -> float:
    """Logarithm of p / (1 - p), for the logarithm of p; finite for every p that is not 0."""
    certain = -np.finfo(np.float64).eps
    return float(log_likelihood - np.log(-np.expm1(min(log_likelihood, certain))))


def likeliest(log_probabilities: FloatArray) -> str:
    """The digits along the likeliest path: each time's likeliest symbol, repeats as one, without blanks."""
    best = np.asarray(log_probabilities).argmax(axis=1)
    changed = np.flatnonzero(np.diff(best, prepend=BLANK))
    return "".join(str(symbol - 1) for symbol in best[changed] if symbol != BLANK)
