"""What can be said of a log that was looked at: a ladder, never a bare tick, and every defect by its name."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

PATIENCE_S = 60.0
"""Seconds for which an entry may wait for its seal before the log counts as not sealed, and a checkpoint for a witness
before it counts as not witnessed."""


class Verdict(StrEnum):
    """What can be said of a log, the worst first. A log is never just right: somebody vouches for it, or nobody."""

    BROKEN = "ROTO"
    DIVERGENT = "DIVERGENTE"
    UNSEALED = "SIN SELLAR"
    UNWITNESSED = "CONSISTENTE SIN TESTIGO"
    WITNESSED = "ATESTIGUADO"


@dataclass(frozen=True)
class Defect:
    """One thing that is not as it was sealed. ``sequence``: the first entry concerned, None where there is none."""

    code: str
    sequence: int | None
    text: str


@dataclass
class Report:
    """What was found of one log. ``unsealed`` entries, of which the oldest has waited ``unsealed_s`` seconds.

    Of the ``witnesses`` whose keys are pinned, ``cosigned`` signed the latest checkpoint, or one that was the latest a
    minute ago; ``cosigned_until``: how many entries the latest covers that any of them signed. ``rows`` of the read
    model and ``documents`` were compared, None where they were not looked at.
    """

    log: str
    entries: int = 0
    sealed: int = 0
    checkpoints: int = 0
    unsealed: int = 0
    unsealed_s: float = 0.0
    witnesses: int = 0
    cosigned: int = 0
    cosigned_until: int = 0
    rows: int | None = None
    documents: int | None = None
    broken: list[Defect] = field(default_factory=list)
    divergent: list[Defect] = field(default_factory=list)

    @property
    def verdict(self) -> Verdict:
        if self.broken:
            return Verdict.BROKEN
        if self.divergent:
            return Verdict.DIVERGENT
        if self.unsealed and self.unsealed_s > PATIENCE_S:
            return Verdict.UNSEALED
        return Verdict.WITNESSED if self.cosigned else Verdict.UNWITNESSED

    @property
    def words(self) -> str:
        """The verdict, with how many of how many witnesses vouch for it."""
        if self.verdict is Verdict.WITNESSED:
            return f"{self.verdict.value} {self.cosigned}/{self.witnesses}"
        return self.verdict.value

    @property
    def consistent(self) -> bool:
        return self.verdict in (Verdict.UNWITNESSED, Verdict.WITNESSED)

    def broke(self, code: str, sequence: int | None, text: str) -> None:
        """Add what is not as it was; of each kind the first alone is told."""
        if all(each.code != code for each in self.broken):
            self.broken.append(Defect(code, sequence, text))

    def diverged(self, code: str, sequence: int | None, text: str) -> None:
        """Add what is of another history; of each kind the first alone is told."""
        if all(each.code != code for each in self.divergent):
            self.divergent.append(Defect(code, sequence, text))
