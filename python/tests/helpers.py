"""The command that the package brings, and the samples."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).parents[2] / "samples"


def command(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Runs the command that the package brings."""
    program = Path(sys.executable).with_name("shuzi")
    return subprocess.run([program, *map(str, words)], capture_output=True, text=True, check=False)


def records(*words: str | Path) -> list[dict[str, Any]]:
    """What `shuzi read --format json` says."""
    done = command("read", "--format", "json", *words)
    answer: list[dict[str, Any]] = json.loads(done.stdout)
    return answer
