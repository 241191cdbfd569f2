"""A clock of a process's own (libfaketime), which a test may set while the process runs."""

from __future__ import annotations

from pathlib import Path

_LIBRARY = "faketime/libfaketimeMT.so.1"


class Clock:
    """What one process takes for the time of day. ``environment`` belongs into that process's environment."""

    def __init__(self, file: Path) -> None:
        found = [path for path in Path("/usr/lib").glob(f"*/{_LIBRARY}")]
        assert found, "libfaketime is missing: as root, apt-get install libfaketime"
        self._file = file
        self.set(0)
        self.environment = {
            "LD_PRELOAD": str(found[0]),
            "FAKETIME_TIMESTAMP_FILE": str(file),
            # Read at each look: the library measures the age of what it read by the clock that it has set back.
            "FAKETIME_NO_CACHE": "1",
            # Deadlines and pauses are measured on the clock that nobody can set.
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def set(self, seconds: int) -> None:
        """From the next second on the process's clock is that far ahead of the true one; less than 0: behind it."""
        written = self._file.with_suffix(".new")
        written.write_text(f"{seconds:+d}s\n")
        written.replace(self._file)
