"""Data protection: a query answered, a claim that takes longer, an erasure refused and its data restricted, a hold."""

from __future__ import annotations

from datetime import date, timedelta

from shared.cli.demo.desk import Desk
from shared.cli.demo.journey import Journey
from shared.cli.demo.plan import Kind
from shared.cli.demo.world import JSON

CLAIMED, ASKED, NOTIFIED, ANSWERED, HELD, LIFTED = 70, 80, 82, 86, 60, 62
OFFICER = "datos"


def answer_people(desk: Desk, journeys: list[Journey]) -> None:
    """Each of the three requests by a person of another story; none where the demonstration has too few cases."""
    of_kind: dict[Kind, Journey] = {}
    for journey in journeys:
        of_kind.setdefault(journey.plan.kind, journey)
    for kind, answer in (
        (Kind.DELIVERED, answer_query),
        (Kind.NOT_ELIGIBLE, answer_claim),
        (Kind.NOT_APTO, refuse_erasure),
    ):
        if kind in of_kind:
            answer(desk, of_kind[kind])


def answer_query(desk: Desk, case: Journey) -> None:
    """Ley 1581 de 2012 art. 14: what is held of the person, within ten working days."""
    body = _request(case, "query", "Qué datos míos tienen y para qué")
    desk.refused("NOT_AUTHORISED", "profesional", "OpenDataRequest", body, day=ASKED)
    request = str(desk.act(OFFICER, "OpenDataRequest", body, "query", day=ASKED)["id"])
    answer = _answer(desk, "granted", case.person.remark("Se le entrega copia de sus formatos"))
    desk.refused("NOT_AUTHORISED", "coordinadora", "AnswerDataRequest", answer, day=ANSWERED, target=request)
    desk.act(OFFICER, "AnswerDataRequest", answer, "query/answered", day=ANSWERED, target=request)
    desk.refused("DATA_REQUEST_ALREADY_ANSWERED", OFFICER, "AnswerDataRequest", answer, day=ANSWERED, target=request)


def answer_claim(desk: Desk, case: Journey) -> None:
    """Art. 15: an attorney asks to correct; a notice says before the term ends when the answer comes."""
    body = _request(case, "claim", "Mi dirección está mal") | {"asked_by": "attorney"}
    desk.refused("FIELD_INVALID", OFFICER, "OpenDataRequest", body, day=CLAIMED)
    body |= {"evidence": desk.paper(OFFICER, "intake", "Poder")}
    opened = desk.act(OFFICER, "OpenDataRequest", body, "claim", day=CLAIMED)
    request, due = str(opened["id"]), date.fromisoformat(opened["due_on"])
    notice: JSON = {
        "reason": case.person.remark("Hay que visitar la unidad para comprobarla"),
        "notice": desk.paper(OFFICER, "intake", "Aviso de ampliación"),
        "answer_by": (due + timedelta(days=1)).isoformat(),
    }
    desk.refused("NOT_AUTHORISED", "subdirectora", "ExtendDataRequest", notice, day=NOTIFIED, target=request)
    desk.act(OFFICER, "ExtendDataRequest", notice, "claim/extended", day=NOTIFIED, target=request)
    answer = _answer(desk, "partly", case.person.remark("Se corrige la dirección; el resto es exacto"))
    answer |= {"ground": "accurate"}
    desk.act(OFFICER, "AnswerDataRequest", answer, "claim/answered", day=ANSWERED, target=request)


def refuse_erasure(desk: Desk, case: Journey) -> None:
    """X-12: a hold is placed and lifted by two people; the case is open, so the data are kept and restricted."""
    hold: JSON = {
        "case": case.case_id,
        "ground": "authority",
        "authority": "Personería de Bogotá",
        "reference": f"REQ-{case.world.seed}",
        "reason": case.person.remark("Los soportes de su visita"),
        "file": desk.paper(OFFICER, "intake", "Requerimiento"),
    }
    held = str(desk.act(OFFICER, "RequestLegalHold", hold, "hold", day=HELD)["id"])
    desk.refused("NOT_AUTHORISED", "coordinadora", "ConfirmLegalHold", day=HELD, target=held)
    desk.act("subdirectora", "ConfirmLegalHold", None, "hold/placed", day=HELD, target=held)
    desk.refused("LEGAL_HOLD_SETTLED", "subdirectora", "ConfirmLegalHold", day=HELD, target=held)
    over = {"reason": case.person.remark("La Personería cerró la actuación")}
    desk.act(OFFICER, "RequestLegalHoldLift", over, "hold/over", day=LIFTED, target=held)
    desk.act("subdirectora", "ConfirmLegalHoldLift", None, "hold/lifted", day=LIFTED, target=held)

    body = _request(case, "erasure", "Bórrenme de todo")
    request = str(desk.act(OFFICER, "OpenDataRequest", body, "erasure", day=ASKED)["id"])
    wish = {"case": case.case_id, "legal_basis": "consent_withdrawn", "reason": case.person.remark("Lo pidió")}
    desk.refused("ERASURE_NOT_LAWFUL", OFFICER, "RequestKeyDestruction", wish, day=ASKED)
    answer = _answer(desk, "refused", case.person.remark("Su caso sigue abierto")) | {"ground": "contractual_duty"}
    desk.act(OFFICER, "AnswerDataRequest", answer, "erasure/refused", day=ANSWERED, target=request)
    restriction: JSON = {
        "case": case.case_id,
        "data_classes": ["c"],
        "ground": "erasure_refused",
        "reason": case.person.remark("No quiere que la llamen"),
        "request": request,
    }
    desk.refused("NOT_AUTHORISED", "subdirectora", "RestrictProcessing", restriction, day=ANSWERED)
    desk.act(OFFICER, "RestrictProcessing", restriction, "restriction", day=ANSWERED)
    desk.refused("RESTRICTION_STANDS", OFFICER, "RestrictProcessing", restriction, day=ANSWERED)


def _request(case: Journey, kind: str, text: str) -> JSON:
    asked = {"case": case.case_id, "kind": kind, "asked_by": "holder", "channel": "e_mail"}
    return asked | {"text": case.person.remark(text)}


def _answer(desk: Desk, outcome: str, text: str) -> JSON:
    return {"outcome": outcome, "text": text, "file": desk.paper(OFFICER, "intake", "Respuesta")}
