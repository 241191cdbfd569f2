"""The edge as a process of its own, without the command line around it: ``python -m services.gateway``."""

# ruff: noqa: I001

from __future__ import annotations

import shared.runtime.lean  # noqa: F401  first: what only a terminal needs stays out

import argparse
import sys

from services.gateway.hosting import serve


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to stop; 0 then, 2 when it refuses to start (the reason is on standard error)."""
    parser = argparse.ArgumentParser(prog="python -m services.gateway")
    parser.add_argument("--host", default="0.0.0.0")
    parser.add_argument("--port", type=int, default=8000)
    chosen = parser.parse_args(arguments)
    try:
        serve(chosen.host, chosen.port)
    except Exception as error:
        print(f"gateway no se inicia: {type(error).__name__}: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
