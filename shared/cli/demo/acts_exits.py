"""Leaving on the way, and coming back: withdrawal, exclusion, death, two cases of one person, re-opening."""

from __future__ import annotations

from shared.cli.demo.journey import Journey
from shared.cli.demo.plan import Kind
from shared.cli.demo.world import JSON

LEFT = {"intake": 7, "profiling": 10, "assistance": 15}
"""The day on which a case leaves, by the service that owns it then."""
MERGED = 8


def leave(case: Journey, service: str) -> None:
    """The exit of the case's story, by the service that owns the case."""
    ways = {Kind.EXCLUDED: exclude, Kind.DECEASED: record_death}
    ways.get(case.plan.kind, withdraw)(case, service, LEFT[service])


def withdraw(case: Journey, service: str, day: int) -> None:
    """The person leaves."""
    body = {"reason_code": "moved_away", "reason": case.person.remark("Se va a vivir a otra ciudad")}
    case.refused("NOT_AUTHORISED", "formacion", "WithdrawCase", body, day=day, service=service)
    case.refused(
        "FIELD_INVALID",
        "profesional",
        "WithdrawCase",
        {**body, "reason_code": "aburrimiento"},
        day=day,
        service=service,
    )
    case.act("profesional", "WithdrawCase", body, day=day, service=service)


def exclude(case: Journey, service: str, day: int) -> None:
    """The coordinator enters an exclusion, the subdirector approves it, and the case leaves by it."""
    entry = {
        "doc_type": "CC",
        "doc_no": case.person.document,
        "kind": "administrative",
        "service": "market_square",
        "act_no": f"R-{case.world.seed}-{case.plan.index}",
        "act_date": case.world.day(day - 1).isoformat(),
        "body": "Subdirección de plazas de mercado",
        "reason": case.person.remark("Incumplió el reglamento de la plaza"),
        "from_date": case.world.day(day).isoformat(),
    }
    case.refused("NOT_AUTHORISED", "profesional", "RegisterExclusion", entry, day=day, creates=True)
    exclusion = str(case.act("coordinadora", "RegisterExclusion", entry, day=day, creates=True)["id"])
    body = {"exclusion": exclusion, "reason": case.person.remark("Exclusión vigente")}
    case.refused(
        "EXCLUSION_NOT_IN_FORCE", "subdirectora", "ExcludeBeneficiary", body, day=day, service=service, always=True
    )
    case.refused("NOT_AUTHORISED", "coordinadora", "ApproveExclusion", day=day, target=exclusion)
    case.act("subdirectora", "ApproveExclusion", day=day, target=exclusion)
    case.refused("NOT_AUTHORISED", "profesional", "ExcludeBeneficiary", body, day=day, service=service)
    # The service that owns the case hears of the exclusion from intake.
    case.act("subdirectora", "ExcludeBeneficiary", body, day=day, service=service, not_yet=("EXCLUSION_NOT_IN_FORCE",))


def record_death(case: Journey, service: str, day: int) -> None:
    """The person died: the one end that nothing opens again."""
    body: JSON = {
        "died_on": case.world.day(day - 1).isoformat(),
        "source": case.person.remark("Lo informó una vecina"),
    }
    late = {**body, "died_on": case.world.day(day + 1).isoformat()}
    case.refused("FIELD_INVALID", "profesional", "RecordDeath", late, day=day, service=service, always=True)
    case.refused("NOT_AUTHORISED", "formacion", "RecordDeath", body, day=day, service=service)
    case.act("profesional", "RecordDeath", body, day=day, service=service)
    again = {"reason": case.person.remark("Fue un error")}
    case.refused("CASE_CLOSED", "profesional", "RequestReopen", again, day=day, service=service, always=True)


def reopen(case: Journey, service: str) -> None:
    """The withdrawn person comes back: one asks, another one confirms, and the case goes on where it stood."""
    day = LEFT[service]
    body = {"reason": case.person.remark("Volvió a la ciudad")}
    case.refused("STEP_OUT_OF_ORDER", "subdirectora", "ConfirmReopen", day=day, service=service, always=True)
    case.refused("NOT_AUTHORISED", "formacion", "RequestReopen", body, day=day, service=service)
    case.act("profesional", "RequestReopen", body, day=day, service=service)
    case.refused("NOT_AUTHORISED", "coordinadora", "ConfirmReopen", day=day, service=service, always=True)
    case.act("subdirectora", "ConfirmReopen", day=day, service=service)
    case.refused("STATE_NOT_ALLOWED", "profesional", "RequestReopen", body, day=day, service=service)


def merge(case: Journey) -> None:
    """The person has an earlier case, which goes on: merged with it, parted by mistake, and merged again."""
    assert case.like is not None
    survivor, day = case.like.case_id, MERGED
    body = {"other_case": case.case_id, "reason": case.person.remark("El documento quedó mal digitado")}
    itself = {**body, "other_case": survivor}
    case.refused("FIELD_INVALID", "coordinadora", "MergeCases", itself, day=day, target=survivor, always=True)
    case.refused("NOT_AUTHORISED", "profesional", "MergeCases", body, day=day, target=survivor)
    apart = {"reason": case.person.remark("Parecían dos personas")}
    case.refused("STATE_NOT_ALLOWED", "coordinadora", "SplitCases", apart, day=day)
    case.act("coordinadora", "MergeCases", body, day=day, target=survivor)
    case.refused("CASE_CLOSED", "profesional", "RequestReopen", apart, day=day, service="intake", always=True)
    case.act("coordinadora", "SplitCases", apart, day=day)
    body = {**body, "reason": case.person.remark("Es la misma persona: se revisaron las huellas")}
    case.act("coordinadora", "MergeCases", body, day=day, target=survivor)
