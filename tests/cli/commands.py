"""Runs commands as an operator does."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

LIMIT_S = 180


class Commands:
    """One command, with some models and a data folder of its own."""

    def __init__(self, command: str, models: Path, data_dir: Path) -> None:
        self.data_dir = data_dir
        self._command = command
        self._environment = {
            **os.environ,
            "COLUMNS": "200",
            "LIKENESS_MODELS_DIR": str(models),
            "LIKENESS_DATA_DIR": str(data_dir),
            "LIKENESS_WORKERS": "2",
        }

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "likeness", self._command, *arguments]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env=self._environment, stdout=pipe, stderr=pipe, text=True)  # noqa: S603

    def run(self, *arguments: str, status: int = 0) -> "tuple[str, str]":
        process = self.start(*arguments)
        out, told = process.communicate(timeout=LIMIT_S)
        assert process.returncode == status, told
        assert "Traceback" not in told
        return out, told

    def json(self, *arguments: str) -> Any:  # noqa: ANN401 - whatever the command prints
        return json.loads(self.run(*arguments, "--json")[0])

    def kept(self) -> list[Path]:
        """Files in which templates are."""
        return list((self.data_dir / "evaluations").glob("*/*"))
