"""The demonstration of digits read aloud, on the GRID corpus."""

from pathlib import Path

from likeness import samples, spoken_clips
from likeness.cli.showing import Answer, Caller, reading

WHAT_COMES = (
    "A server of the demo's own asks for four digits. A speaker of the GRID corpus says them, in a clip spliced from "
    "the corpus' own words, picture and sound together; then other digits, and then the clip with its sound late."
)
FOLDER = Path("grid", "s1")
"""Of the test data."""
DELAY_S = 0.5


def show(caller: Caller, data: Path) -> dict[str, Answer]:
    """Show a clip that passes and two that do not."""
    folder = data / FOLDER
    asked = caller.call("get_random_number")
    digits = asked["random_number"]
    caller.say("1. get_random_number", asked, f"{' '.join(digits)} are to be read aloud.")
    footage = spoken_clips.spliced(folder, digits)
    reference = samples.encode(spoken_clips.read(max(folder.glob("*.mpg"))).frames[0])
    answers = {"random_number": asked}
    other = digits[:-1] + next(digit for digit in "0123456789" if digit not in digits)
    clips = {
        "right": (footage, f"the speaker says {digits}"),
        "other_digits": (spoken_clips.spliced(folder, other), f"the speaker says {other}"),
        "late_sound": (spoken_clips.delayed(footage, DELAY_S), f"{digits}, the sound {DELAY_S} s late"),
    }
    for step, (name, (clip, what)) in enumerate(clips.items()):
        files = {"video": spoken_clips.encode(clip)}
        captured = caller.call("validate_video", {"token_random_number": asked["token_random_number"]}, files)
        caller.say(
            f"{2 * step + 2}. validate_video: {what}",
            captured,
            "A face was captured and listened to; verify will tell.",
        )
        verified = caller.verify(captured["token_video"], reference)
        caller.say(f"{2 * step + 3}. verify: against another picture of the speaker", verified, reading(verified))
        answers[name] = verified
    return answers
