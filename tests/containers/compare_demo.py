"""Compare the ``--json`` documents of two demonstrations, of the embedded system and of the containers for one.

``python -m tests.containers.compare_demo ONE.json OTHER.json`` prints what differs and exits with 1 if anything does.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """What is not the same and should be: final state and tracks of each case, counts; and what either found wrong.

    Ids, durations and the number of events belong to a host and are not compared.
    """
    if one["seed"] != other["seed"]:
        return [f"no son la misma demostración: semilla {one['seed']} y {other['seed']}"]
    found = []
    mine, theirs = ({case["index"]: case for case in each["final"]["cases"]} for each in (one, other))
    for index in sorted(mine.keys() | theirs.keys()):
        if mine.get(index) != theirs.get(index):
            found.append(f"caso {index}: {_shown(mine.get(index))} frente a {_shown(theirs.get(index))}")
    if one["final"]["counts"] != other["final"]["counts"]:
        found.append(f"por estado: {one['final']['counts']} frente a {other['final']['counts']}")
    for name, document in (("el primero", one), ("el segundo", other)):
        if document["parked"]:
            found.append(f"{name} tiene {document['parked']} eventos apartados")
        found += [f"{name}: {each}" for each in document["differences"]]
    return found


def _shown(case: Mapping[str, Any] | None) -> str:
    if case is None:
        return "no está"
    tracks = "".join(f", {name} {value}" for name, value in case["tracks"].items())
    return f"{case['kind']} en {case['state']}{tracks}"


def main(arguments: Sequence[str]) -> int:
    """Compare two files; the exit code."""
    one, other = (json.loads(Path(path).read_text("utf-8")) for path in arguments)
    found = differences(one, other)
    print("\n".join(found) if found else f"{len(one['final']['cases'])} casos terminan igual en los dos.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
