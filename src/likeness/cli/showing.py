"""What the demonstrations of all procedures have in common: calls over HTTP, and what they answer in plain words."""

import json
from dataclasses import dataclass
from typing import Any

import httpx
import typer
from rich.console import Console

console = Console(highlight=False, soft_wrap=True)

Answer = dict[str, Any]

REFUSALS = {
    "VIDEO_SR_ERROR": "the digits heard are not those asked for",
    "VIDEO_NOT_SYNCHRONIZED": "lips and sound do not go together",
    "VIDEO_FACE_INCONSISTENT": "the clip is not one person throughout",
    "SELFIE_METADATA_INCONSISTENT": "the two files are not of one camera",
    "SELFIE_INCONSISTENT": "front and side are not one person",
}
"""What verify says of a procedure that was not followed, in plain words."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A key and a client to call with; `quiet`: nothing is printed but an error."""

    client: httpx.Client
    credentials: dict[str, str]
    quiet: bool

    def call(self, name: str, fields: dict[str, str] | None = None, files: dict[str, bytes] | None = None) -> Answer:
        """What a call answers; one that fails ends the demo."""
        answer: Answer = self.client.post(name, data={**self.credentials, **(fields or {})}, files=files).json()
        if "error_message" in answer:
            console.print_json(json.dumps(answer))
            raise typer.Exit(1)
        return answer

    def verify(self, token: str, reference: bytes) -> Answer:
        """A capture compared with one reference."""
        fields = {"token": token, "comparison_type": "0", "uuid": "demo-user"}
        return self.call("verify", fields, {"image_ref1": reference})

    def say(self, title: str, answer: Answer, reading: str) -> None:
        """A step, what it answered and what that means."""
        if self.quiet:
            return
        console.print(f"\n{title}", style="bold", markup=False)
        console.print_json(json.dumps(answer))
        console.print(f"=> {reading}", markup=False)


def reading(answer: Answer) -> str:
    """One line on what a verification says."""
    procedure, result = answer["liveness"]["procedure_validation"], answer.get("result_ref1")
    if result is None:
        return f"{procedure}: {REFUSALS[procedure]}; nothing was compared."
    passed = [rate for rate, limit in sorted(result["thresholds"].items()) if result["confidence"] >= limit]
    if not passed:
        return f"confidence {result['confidence']} is under every threshold: not the same person."
    return (
        f"confidence {result['confidence']} is over the threshold for {passed[-1]}: the same person, "
        f"with at most one false match in {round(1 / float(passed[-1])):,}."
    )
