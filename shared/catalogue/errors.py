"""What is wrong with a catalogue file, and where."""

from __future__ import annotations


class CatalogueError(Exception):
    """A catalogue that cannot be used. ``file`` is relative to the catalogue, ``place`` a path inside the file.

    Codes: ``CATALOGUE_INVALID`` (form of the file), ``CATALOGUE_OVERLAP`` (two versions of a code on one date),
    ``CATALOGUE_GAP`` (a date on which a running procedure lacks something), ``CATALOGUE_REFERENCE`` (names
    something that does not exist), ``EXAMPLE_FAILED`` (a criterion does not give what its example says, CAT-08).
    """

    def __init__(self, code: str, file: str, place: str, problem: str) -> None:
        self.code = code
        self.file = file
        self.place = place
        self.problem = problem
        where = f"{file}: {place}" if place else file
        super().__init__(f"{code} en {where}: {problem}")
