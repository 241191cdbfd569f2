"""A copy of the packaged catalogue to break, without the commands and forms that each service writes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.catalogue.catalogue import PACKAGED

Change = Callable[..., Path]


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    root = tmp_path / "catalogue"
    shutil.copytree(PACKAGED, root, ignore=shutil.ignore_patterns("commands", "forms"))
    return root


@pytest.fixture
def edited(copied: Path) -> Callable[[str, str, str], Path]:
    """Replace text in one file of the copy; gives the copy's folder."""

    def edit(file: str, old: str, new: str) -> Path:
        path = copied / file
        content = path.read_text(encoding="utf-8")
        assert old in content
        path.write_text(content.replace(old, new, 1), encoding="utf-8")
        return copied

    return edit


@pytest.fixture
def written(copied: Path) -> Callable[[str, str], Path]:
    """Write a file into the copy; gives the copy's folder."""

    def write(file: str, content: str) -> Path:
        path = copied / file
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
        return copied

    return write
