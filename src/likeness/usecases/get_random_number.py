"""Ask for four digits that are to be read aloud."""

import secrets
from asyncio import to_thread

from likeness.domain.capture import Challenge
from likeness.domain.verdict import ChallengeResult
from likeness.usecases.context import Call

DIGITS = "0123456789"
COUNT = 4
"""Contract: four digits."""


def fresh_digits() -> str:
    """Four digits that nobody can guess, none the same as the one before: lips show a repeat badly."""
    digits = secrets.choice(DIGITS)
    while len(digits) < COUNT:
        digits += secrets.choice(DIGITS.replace(digits[-1], ""))
    return digits


async def get_random_number(call: Call) -> ChallengeResult:
    """Choose the digits and keep them behind a token.

    Raises:
        StorageError: the token could not be kept.
    """
    digits = fresh_digits()
    token = await to_thread(call.services.captures.add, call.key.id, call.request_id, Challenge(digits))
    return ChallengeResult(token, digits)
