"""Files that a container alone has, because whoever runs it mounted them there."""

from __future__ import annotations

from pathlib import Path

MOUNTED = Path("/run/secrets")
"""Where Docker and Kubernetes mount the secrets of a container. No other process of the host has this folder."""


def guarded_by_its_mount(path: Path) -> bool:
    """True for a file whose mode says nothing about who can read it: its mount does.

    Docker leaves it the mode that it has on the host and Kubernetes gives it to a group, since the process that must
    read it is nobody special there; who else is on the host cannot come to it either way.
    """
    return path.is_absolute() and path.is_relative_to(MOUNTED) and ".." not in path.parts
