"""Scoring of a forced-choice instrument (PRO-2 to PRO-4): pure, so the same responses always give the same result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.profiling.domain.refusals import ResponseInvalid
from shared.catalogue.types import Instrument, InstrumentBlock

TOO_MANY_UNANSWERED = "too_many_unanswered"
TOO_FAST = "too_fast"


@dataclass(frozen=True)
class Response:
    """The choice in one block: options are numbered from 1."""

    block: int
    most: int
    least: int


@dataclass(frozen=True)
class Score:
    """Counts of one scale. ``segment`` comes from the norm table, None without one."""

    most: int
    least: int
    difference: int
    segment: int | None


@dataclass(frozen=True)
class Result:
    """What an application gave. ``pattern`` orders the scales by difference, ties as the instrument orders them.

    ``none_most`` counts the most choices keyed to no scale, so that most over scales + none = blocks answered.
    ``flags`` names the validity rules that failed; only a result without flags is usable (PRO-4).
    """

    scales: dict[str, Score]
    pattern: str
    ties: tuple[str, ...]
    answered: int
    none_most: int
    flags: tuple[str, ...]

    @property
    def usable(self) -> bool:
        return not self.flags

    def plain(self) -> dict[str, Any]:
        """The form that an event keeps."""
        return {
            "scales": {
                scale: {
                    "most": score.most,
                    "least": score.least,
                    "difference": score.difference,
                    "segment": score.segment,
                }
                for scale, score in self.scales.items()
            },
            "pattern": self.pattern,
            "ties": list(self.ties),
            "answered": self.answered,
            "none_most": self.none_most,
            "flags": list(self.flags),
        }


def score(instrument: Instrument, responses: Sequence[Response], minutes: int | None = None) -> Result:
    """Score ``responses``; ``minutes`` is how long the application took, None if nobody noted it.

    Raises `ResponseInvalid` for a block answered twice, unknown, or with one option as both most and least.
    """
    blocks = {block.block: block for block in instrument.blocks}
    counts = {scale: [0, 0] for scale in instrument.scales}
    none_most = 0
    seen: set[int] = set()
    for response in responses:
        block = _checked(blocks, seen, response)
        most = block.options[response.most - 1].most
        least = block.options[response.least - 1].least
        if most is None:
            none_most += 1
        else:
            counts[most][0] += 1
        if least is not None:
            counts[least][1] += 1
    scales = {
        scale: Score(most, least, most - least, _segment(instrument, scale, most - least))
        for scale, (most, least) in counts.items()
    }
    order = sorted(scales, key=lambda scale: -scales[scale].difference)
    differences = [scales[scale].difference for scale in order]
    ties = tuple(scale for scale in order if differences.count(scales[scale].difference) > 1)
    return Result(scales, "".join(order), ties, len(seen), none_most, _flags(instrument, len(seen), minutes))


def suggested(instrument: Instrument, result: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """What the rule of the instrument suggests for a stored result, of here or from outside; empty without a rule."""
    if isinstance(result, Mapping):
        values = {scale: counted["difference"] for scale, counted in result["scales"].items()}
    else:
        values = {row["scale"]: row["value"] for row in result}
    return tuple(
        each.text for each in instrument.suggestions if each.scale in values and values[each.scale] >= each.at_least
    )


def _checked(blocks: dict[int, InstrumentBlock], seen: set[int], response: Response) -> InstrumentBlock:
    block = blocks.get(response.block)
    if block is None:
        raise ResponseInvalid(block=response.block, explanation="el instrumento no tiene ese bloque.")
    if response.block in seen:
        raise ResponseInvalid(block=response.block, explanation="tiene más de una respuesta.")
    if response.most == response.least:
        raise ResponseInvalid(block=response.block, explanation="«más» y «menos» deben ser opciones distintas.")
    if not all(1 <= option <= len(block.options) for option in (response.most, response.least)):
        raise ResponseInvalid(block=response.block, explanation=f"las opciones van de 1 a {len(block.options)}.")
    seen.add(response.block)
    return block


def _segment(instrument: Instrument, scale: str, difference: int) -> int | None:
    """The segment whose lowest raw value is the highest not above ``difference``; the first one below all."""
    rows = instrument.norms.get(scale, ())
    reached = [segment for lowest, segment in rows if lowest <= difference]
    return reached[-1] if reached else (rows[0][1] if rows else None)


def _flags(instrument: Instrument, answered: int, minutes: int | None) -> tuple[str, ...]:
    flags = []
    if len(instrument.blocks) - answered > instrument.max_unanswered:
        flags.append(TOO_MANY_UNANSWERED)
    if minutes is not None and minutes < instrument.min_minutes:
        flags.append(TOO_FAST)
    return tuple(flags)
