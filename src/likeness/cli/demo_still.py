"""The demonstration of the silent clip, on a portrait that comes with a package."""

from likeness import samples
from likeness.cli.printing import fail
from likeness.cli.showing import Answer, Caller, reading

WHAT_COMES = (
    "A server of the demo's own is sent a clip and pictures made from one portrait (astronaut Eileen Collins, by NASA, "
    "public domain, installed with scikit-image): she is captured, compared with herself, then with somebody else."
)


def require() -> None:
    """End with an error unless the portrait is there."""
    try:
        samples.portrait()
    except ImportError:
        fail("The demo's portrait comes with scikit-image, which is not installed; run: pip install 'likeness[demo]'")


def show(caller: Caller) -> dict[str, Answer]:
    """Show a capture and two comparisons."""
    captured = caller.call("validate_still", files={"video": samples.pan_clip()})
    title = "1. validate_still: a 2-second clip panning over the portrait"
    caller.say(title, captured, "A face was captured; the token stands for it.")
    same = caller.verify(captured["token_still"], samples.reference())
    caller.say("2. verify: against another picture of the same person", same, _told(same))
    other = caller.verify(captured["token_still"], samples.stranger())
    title = "3. verify: against somebody else (no second free portrait can be installed: a strongly warped copy serves)"
    caller.say(title, other, _told(other))
    return {"capture": captured, "same_person": same, "somebody_else": other}


def _told(answer: Answer) -> str:
    return f"{reading(answer)}\n=> {_genuineness(answer['liveness']['face_genuineness'])}"


def _genuineness(verdict: str) -> str:
    """What the genuineness verdict on a panned photograph is worth."""
    if verdict == "PASSED":
        return (
            "face_genuineness is PASSED although, strictly, a panned photograph is nobody live: what is looked for are "
            "traces of screens, paper and generators, and this file never was on any of them."
        )
    return f"face_genuineness is {verdict}: strictly, a panned photograph is nobody live, so this is no false alarm."
