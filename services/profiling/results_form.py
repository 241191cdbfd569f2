"""FRM-11, the results of an instrument: filled from its scoring and from the decisions that followed it (acts 3, 4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from services.profiling.domain import instruments, interview, validation
from services.profiling.domain.scoring import TOO_FAST, TOO_MANY_UNANSWERED
from shared.catalogue.types import Instrument
from shared.privacy.personal import Personal, reveal

Scored = instruments.InstrumentApplied | instruments.InstrumentRescored

FLAGS = {
    TOO_FAST: "Duró menos del mínimo: no utilizable",
    TOO_MANY_UNANSWERED: "Quedaron bloques sin responder: no utilizable",
}
DECISIONS: dict[type[Any], str] = {
    validation.ProfileApproved: "approve",
    validation.ProfileNotApproved: "not_approve",
    validation.ProfileReturned: "return",
}


def filled(event: Scored, later: Iterable[Any], instrument: Instrument) -> dict[str, Any]:
    """The values of FRM-11. ``later`` are the events of the case after ``event``, ``instrument`` its stored version."""
    outside = isinstance(event, instruments.InstrumentApplied) and event.mode == "external"
    values: dict[str, Any] = {
        "instrument": f"{event.instrument} – {instrument.name}",
        "instrument_version": event.instrument_version,
        "applied_on": event.applied_on,
        "mode": "external" if outside else "here",
        **_results(event.result, instrument),
    }
    if isinstance(event, instruments.InstrumentApplied):
        values["applied_by"] = event.external.get("applied_by") or _person(event.applied_by)
        values["external_file"] = event.external.get("file")
    else:
        values["applied_by"] = f"{_person(event.rescored_by)} (calificado de nuevo)"
    return values if event.problem else values | _decided(event, later)


def _results(result: Personal, instrument: Instrument) -> dict[str, Any]:
    if result.erased:
        return dict.fromkeys(("scales", "pattern", "validity_flags"), result)
    found = reveal(result)
    if not isinstance(found, Mapping):
        scales = [{"scale": row["scale"], "result": row["value"]} for row in found]
        return {"scales": Personal(result.subject, "p", scales)}
    rows = [
        {
            "scale": f"{scale} · {instrument.scales.get(scale, scale)}",
            "most": counted["most"],
            "least": counted["least"],
            "raw": counted["difference"],
            "result": counted["segment"],
        }
        for scale, counted in found["scales"].items()
    ]
    flags = [FLAGS.get(each, each) for each in found["flags"]]
    flags += [f"Empate: {' = '.join(tied)}" for tied in _ties(found)]
    return {
        "scales": Personal(result.subject, "p", rows),
        "pattern": Personal(result.subject, "p", found["pattern"]),
        "validity_flags": Personal(result.subject, "p", flags),
    }


def _ties(found: Mapping[str, Any]) -> list[list[str]]:
    """The scales with the same difference, together, in the order of the pattern."""
    together: dict[int, list[str]] = {}
    for scale in found["ties"]:
        together.setdefault(found["scales"][scale]["difference"], []).append(scale)
    return list(together.values())


def _decided(event: Scored, later: Iterable[Any]) -> dict[str, Any]:
    """The classification over this result and its validation; a newer result of the instrument takes its place."""
    found: dict[str, Any] = {}
    for next_event in later:
        if isinstance(next_event, Scored) and next_event.instrument == event.instrument:
            break
        if isinstance(next_event, interview.ProfileClassified):
            found = {
                name: getattr(next_event, name) for name in ("entrepreneurial_profile", "is_producer", "is_trader")
            }
        elif isinstance(next_event, validation.Validated):
            found["validated_by"] = _person(next_event.validated_by)
            found["validated_on"] = next_event.validated_on
            found["decision"] = DECISIONS[type(next_event)]
    return found


def _person(person: Any) -> str:
    return f"Persona {str(person)[:8]}"
