"""Resolve the lock files: every package with hashes, no registry host (needs `uv` on the path or in a venv)."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
COMMON = [
    "--universal",
    "--python-version",
    "3.11",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-header",
    "--quiet",
]


def compile_lock(requirements: list[str], target: Path, *extra: str) -> None:
    """Write ``target`` with the resolution of ``requirements``; what an older ``target`` pins stays if it can."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "requirements.in"
        source.write_text("\n".join(requirements) + "\n")
        subprocess.run(["uv", "pip", "compile", *COMMON, *extra, str(source), "-o", str(target)], check=True, cwd=ROOT)
    kept = [line for line in target.read_text().splitlines() if not line.lstrip().startswith("#")]
    target.write_text("\n".join(kept) + "\n")


def main() -> int:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    runtime = [*project["project"]["dependencies"], "setuptools>=77"]
    compile_lock(runtime, ROOT / "locks/runtime.txt")
    groups = project["dependency-groups"]
    compile_lock([*runtime, *groups["dev"]], ROOT / "locks/dev.txt", "-c", "locks/runtime.txt")
    compile_lock(groups["console"], ROOT / "locks/node.txt")
    return 0


if __name__ == "__main__":
    sys.exit(main())
