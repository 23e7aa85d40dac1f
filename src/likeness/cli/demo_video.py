"""The demonstration of digits read aloud, on the GRID corpus."""

from pathlib import Path

from likeness import samples, spoken_clips
from likeness.cli.showing import Answer, Caller, reading
from likeness.spoken_clips import Footage

WHAT_COMES = (
    "A server of the demo's own asks for four digits. A speaker of the GRID corpus says them, in a clip spliced from "
    "the corpus' own words, picture and sound together; then, asked anew, other digits; then the right ones too late."
)
FOLDER = Path("grid", "s1")
"""Of the test data."""
DELAY_S = 0.5


def show(caller: Caller, data: Path) -> dict[str, Answer]:
    """Show a clip that passes and two that do not."""
    folder = data / FOLDER
    reference = samples.encode(spoken_clips.read(max(folder.glob("*.mpg"))).frames[0])
    answers = {}
    for turn, (name, clip_for) in enumerate(CLIPS.items()):
        step = 3 * turn + 1
        asked = caller.call("get_random_number")
        digits = asked["random_number"]
        caller.say(f"{step}. get_random_number", asked, f"{' '.join(digits)} are to be read aloud, in one clip.")
        clip, what = clip_for(folder, digits)
        files = {"video": spoken_clips.encode(clip)}
        captured = caller.call("validate_video", {"token_random_number": asked["token_random_number"]}, files)
        listened = "A face was captured and listened to; verify will tell."
        caller.say(f"{step + 1}. validate_video: {what}", captured, listened)
        verified = caller.verify(captured["token_video"], reference)
        caller.say(f"{step + 2}. verify: against another picture of the speaker", verified, reading(verified))
        answers[name] = verified
    return answers


def _right(folder: Path, digits: str) -> tuple[Footage, str]:
    return spoken_clips.spliced(folder, digits), f"the speaker says {digits}"


def _other_digits(folder: Path, digits: str) -> tuple[Footage, str]:
    other = digits[:-1] + next(digit for digit in "0123456789" if digit not in digits)
    return spoken_clips.spliced(folder, other), f"the speaker says {other}"


def _late_sound(folder: Path, digits: str) -> tuple[Footage, str]:
    late = spoken_clips.delayed(spoken_clips.spliced(folder, digits), DELAY_S)
    return late, f"the speaker says {digits}, the sound {DELAY_S} s late"


CLIPS = {"right": _right, "other_digits": _other_digits, "late_sound": _late_sound}
"""What makes a clip, and says what it is, for the digits asked for."""
