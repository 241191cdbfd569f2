"""Exit codes and errors of the command line, the same for every command."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """What a command's exit code says."""

    OK = 0
    """Done."""
    FAILED = 1
    """Something unforeseen; nothing is half-done."""
    USAGE = 2
    """The command line is wrong."""
    REFUSED = 3
    """The system refused by a rule, or the log-in did not open."""
    UNAVAILABLE = 4
    """A service, database or broker is away, or the data folder is in use. Try again."""
    INCOMPLETE = 5
    """Interrupted; the same command goes on from there."""
    UNSOUND = 6
    """`doctor` found something broken, or `demo` an outcome that is not the expected one."""


class CommandError(Exception):
    """Ends the command with a Spanish text and an exit code; ``code`` is the machine's name of the problem."""

    def __init__(self, text: str, exit_code: Exit = Exit.FAILED, code: str = "FAILED") -> None:
        super().__init__(text)
        self.text = text
        self.exit_code = exit_code
        self.code = code
