"""The demonstration of selfies from the front and from the side, on pictures of CFP."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import cv2
import numpy as np

from likeness import samples
from likeness.cli.printing import fail
from likeness.cli.showing import Answer, Caller, reading
from likeness.pipeline.image import decode

WHAT_COMES = (
    "A server of the demo's own is sent pictures of CFP (Celebrities in Frontal-Profile) as if they were selfies: one "
    "person from the front and from the side, compared with another picture of theirs; then somebody else's side."
)
ROOM = 0.25
"""Of the picture's width, added around it: CFP is cut out closely around heads, selfies are not."""
ENLARGED = 2


def show(caller: Caller, data: Path) -> dict[str, Answer]:
    """Show a pair that belongs together and one that does not."""
    people = [folder for folder in sorted((data / "cfp").iterdir()) if folder.is_dir()]
    one, front, token = _first(caller, [(it, "frontal") for it in people], "validate_front_face", {})
    caller.say(f"1. validate_front_face: person {one}", front, "The face looks ahead; the token stands for it.")
    asked = {"token_front_face": token}
    mine = [(it, "profile") for it in people if it.name == one]
    others = [(it, "profile") for it in people if it.name != one]
    _, side, same = _first(caller, mine, "validate_side_face", asked)
    caller.say(f"2. validate_side_face: person {one}", side, "The face is turned; the token stands for both.")
    reference = _selfie(data / "cfp" / one / "frontal" / "10.jpg")
    verified = caller.verify(same, reference)
    caller.say("3. verify: against another picture of the same person", verified, reading(verified))
    two, _, swapped = _first(caller, others, "validate_side_face", asked)
    refused = caller.verify(swapped, reference)
    caller.say(f"4. verify: the side selfie is of person {two}", refused, reading(refused))
    return {"front": front, "side": side, "same_person": verified, "somebody_elses_side": refused}


def _first(
    caller: Caller, folders: list[tuple[Path, str]], call: str, fields: dict[str, str]
) -> tuple[str, Answer, str]:
    """The first picture that can be judged: its person, what the call answered and its token."""
    answered = ((person, _posted(caller, call, fields, _selfie(path))) for person, path in _pictures(folders))
    found = next(((person, answer) for person, answer in answered if "error_message" not in answer), None)
    if found is None:
        fail(f"None of the pictures tried can be judged by {call}.")
    person, answer = found
    return person, answer, answer[call.replace("validate", "token")]


def _pictures(folders: list[tuple[Path, str]]) -> Iterator[tuple[str, Path]]:
    for (person, pose), number in product(folders, range(1, 5)):
        yield person.name, person / pose / f"{number:02}.jpg"


def _posted(caller: Caller, call: str, fields: dict[str, str], selfie: bytes) -> Answer:
    """What a call answers, also where the picture cannot be judged: CFP's are not selfies."""
    answer: Answer = caller.client.post(call, data={**caller.credentials, **fields}, files={"selfie": selfie}).json()
    return answer


def _selfie(path: Path) -> bytes:
    """A picture of CFP with room around it and no metadata, as many clients send their pictures."""
    picture = decode(path.read_bytes()).pixels
    room = round(ROOM * picture.shape[1])
    wide = cv2.copyMakeBorder(picture, room, room, room, room, cv2.BORDER_REPLICATE)
    large = cv2.resize(wide, None, fx=ENLARGED, fy=ENLARGED, interpolation=cv2.INTER_CUBIC)
    return samples.encode(np.asarray(large, np.uint8))
