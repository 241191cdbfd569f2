"""Write the golden file of each event version that has none: ``python -m tests.golden.update``.

A file that exists is never overwritten: stored bytes of an event are for ever. An event whose facts change gets a new
``class_version`` with an upcaster, and with it a file of its own.
"""

from __future__ import annotations

import sys

from tests.golden import samples
from tests.golden.test_golden_events import golden_file


def main() -> int:
    for topic, cls in samples.event_classes().items():
        path = golden_file(topic, getattr(cls, "class_version", 1))
        if not path.exists():
            path.write_bytes(samples.stored(topic, samples.sample(topic, cls)).state + b"\n")
            print(f"new: {path.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
