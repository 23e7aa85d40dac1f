"""Log lines of a process of its own, as an operator's machine reads them."""

import json
import subprocess
import sys

import pytest

SETUP = "import logging, structlog; from likeness import logs; logs.configure('json'); "
RAISE = """
try:
    raise ValueError('secret-1\\nsecret-2')
except ValueError as error:
    {}
"""
LINES = (
    "logging.getLogger('uvicorn.error').exception('Exception in ASGI application\\n', exc_info=error)",
    "logging.getLogger('asyncio').error('Task exception was never retrieved\\nfuture: %r', error, exc_info=True)",
    "structlog.get_logger('likeness').exception('gone wrong', exc_info=error)",
    "structlog.get_logger('likeness').exception('gone wrong')",
)


@pytest.mark.parametrize("line", LINES)
def test_an_exception_is_one_line_without_its_text(line: str) -> None:
    done = subprocess.run(  # noqa: S603  our own interpreter
        [sys.executable, "-c", SETUP + RAISE.format(line)], capture_output=True, text=True, timeout=60, check=True
    )
    (told,) = done.stderr.splitlines()
    assert "secret" not in told
    event = json.loads(told)
    assert event["error"] == "ValueError"
    assert event["at"] == ["__main__:3"]
    assert event["event"] in {"Exception in ASGI application", "Task exception was never retrieved", "gone wrong"}
