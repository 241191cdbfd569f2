"""Activities 20 and 21 and what the office does for all cases: programme, oversight of the operator, monthly report."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

from shared.cli.api import Refused
from shared.cli.demo.desk import Desk
from shared.cli.demo.papers import signed
from shared.cli.demo.staff import display_name
from shared.cli.demo.world import JSON

WRITTEN, MET, ASSESSED, FOLLOWED, DRAFTED, CONSOLIDATED, NEXT = 40, 55, 80, 84, 88, 89, 120
LASTS = 365
MONTH_OF = 45
"""The month of this day is judged and reported: it has ended and passed its cut-off when the demonstration begins."""
AT_ONCE = 500
"""Next actions that one act takes."""


def month(desk: Desk) -> date:
    """The first day of the month that is reported."""
    return desk.world.day(MONTH_OF).replace(day=1)


def write_programme(desk: Desk) -> None:
    """The work programme of the month (FRM-17): written by the coordinator, approved by the subdirector."""
    world, first = desk.world, month(desk)
    last = first.replace(day=monthrange(first.year, first.month)[1])
    rows = (
        (12, "Cursos de costos y precios", "formacion", 20),
        (13, "Visitas a unidades productivas", "profesional", 15),
        (20, "Seguimiento a las unidades con impulso", "asesora", 10),
    )
    body: JSON = {
        "period": f"{first:%Y-%m}",
        "calls": list(world.calls.values()),
        "activities": [
            {
                "activity": activity,
                "what": what,
                "from": first.isoformat(),
                "to": last.isoformat(),
                "responsible": world.staff.person(who),
                "goal": goal,
            }
            for activity, what, who, goal in rows
        ],
        "written_by": signed(display_name("coordinadora"), "Coordinación", world.day(WRITTEN)),
    }
    desk.refused("FIELD_INVALID", "coordinadora", "WriteWorkProgramme", {**body, "period": "2026-13"}, day=WRITTEN)
    desk.refused("NOT_AUTHORISED", "profesional", "WriteWorkProgramme", body, day=WRITTEN)
    programme = str(desk.act("coordinadora", "WriteWorkProgramme", body, "programme", day=WRITTEN)["id"])
    approval = {"approved_by": signed(display_name("subdirectora"), "Subdirección", world.day(WRITTEN))}
    desk.refused("NOT_AUTHORISED", "coordinadora", "ApproveWorkProgramme", approval, day=WRITTEN, target=programme)
    desk.act("subdirectora", "ApproveWorkProgramme", approval, "programme/approved", day=WRITTEN, target=programme)


def oversee_operator(desk: Desk) -> None:
    """Activity 20: a guarantee extended, an obligation met; a month with an aspect that is not compliant, whose
    corrective action is planned anew, followed up and closed by somebody who does not answer for it."""
    contract = desk.world.contracts["main"]
    policy = {
        "kind": "Cumplimiento",
        "policy_no": f"POL-{desk.world.seed}",
        "from": desk.world.day(0).isoformat(),
        "to": desk.world.day(LASTS).isoformat(),
        "amount": "25000000",
    }
    amendment: JSON = {"reason": "Ampliación de la garantía de cumplimiento", "guarantees": [policy]}
    nothing = {"reason": "Nada cambia"}
    desk.refused("FIELD_INVALID", "supervision", "AmendContract", nothing, day=MET, target=contract)
    desk.refused("NOT_AUTHORISED", "operador", "AmendContract", amendment, day=MET, target=contract)
    desk.act("supervision", "AmendContract", amendment, "amendment", day=MET, target=contract)
    met = {"obligation": "T1", "evidence": [desk.paper("supervision", "assistance", "Informe de visitas")]}
    desk.refused("NOT_FOUND", "supervision", "MeetObligation", {**met, "obligation": "T9"}, day=MET, target=contract)
    desk.refused("NOT_AUTHORISED", "operador", "MeetObligation", met, day=MET, target=contract)
    desk.act("supervision", "MeetObligation", met, "obligation", day=MET, target=contract)
    proof = desk.paper("supervision", "assistance", "Revisión del mes")
    fine = {"rating": "compliant", "findings": "Al día", "evidence": [proof]}
    late = {
        "aspect": "technical",
        "rating": "non_compliant",
        "findings": "Dos unidades sin la segunda visita del mes",
        "evidence": [proof],
        "action": "Hacer las visitas que faltan",
        "action_due": desk.world.day(FOLLOWED).isoformat(),
    }
    body: JSON = {
        "month": f"{month(desk):%Y-%m}",
        "aspects": [late, {"aspect": "financial", **fine}, {"aspect": "legal", **fine}],
    }
    two = {**body, "aspects": body["aspects"][:2]}
    desk.refused("ASPECT_MISSING", "supervision", "AssessOperatorCompliance", two, day=ASSESSED, target=contract)
    unproved = {**body, "aspects": [{**late, "evidence": []}, *body["aspects"][1:]]}
    desk.refused("EVIDENCE_MISSING", "supervision", "AssessOperatorCompliance", unproved, day=ASSESSED, target=contract)
    opened = desk.act("supervision", "AssessOperatorCompliance", body, "month", day=ASSESSED, target=contract)
    (action,) = opened["improvement_actions"]
    plan = {
        "justification": "El operador contrató a otra persona",
        "activities": [{"text": "Visitar con la persona nueva", "due": desk.world.day(FOLLOWED + 2).isoformat()}],
    }
    desk.refused("NOT_AUTHORISED", "profesional", "ReplanImprovementAction", plan, day=ASSESSED, target=action)
    desk.act("supervision", "ReplanImprovementAction", plan, "action/replanned", day=ASSESSED, target=action)
    done = {
        "activity": "2.1",
        "done": True,
        "findings": "Se hicieron las dos visitas",
        "cause": "Renunció quien las hacía",
        "evidence": [proof],
    }
    desk.refused("NOT_AUTHORISED", "operador", "FollowUpImprovementAction", done, day=FOLLOWED, target=action)
    desk.act("supervision", "FollowUpImprovementAction", done, "action/followed", day=FOLLOWED, target=action)
    effect = {"effective": True, "effectiveness": "Ninguna unidad quedó sin visita", "evidence": [proof]}
    desk.refused("NOT_AUTHORISED", "profesional", "CloseImprovementAction", effect, day=FOLLOWED, target=action)
    desk.act("coordinadora", "CloseImprovementAction", effect, "action/closed", day=FOLLOWED, target=action)


def report_month(desk: Desk) -> None:
    """Activity 21: the monthly report, sent back once. Everybody served in the month has a next action; what was
    recorded after the cut-off, such as all of a demonstration begun today, counts as late data of a later report."""
    period = {"period": f"{month(desk):%Y-%m}"}
    later = {"period": f"{desk.world.day(400):%Y-%m}"}
    desk.refused("PERIOD_NOT_ENDED", "informes", "DraftReport", later, day=DRAFTED)
    desk.refused("NOT_AUTHORISED", "coordinadora", "DraftReport", period, day=DRAFTED)
    key = desk.world.key("desk", "report")
    try:
        report = str(desk.world.order("informes", "DraftReport", period, key=key, day=DRAFTED)["id"])
    except Refused as refused:
        if refused.code != "REPORT_EXISTS":
            raise
        # A month has one report: a demonstration of another seed, or the office itself, has made it.
        return
    _set_next_actions(desk, report)
    form = {
        "technical": "Se hicieron las visitas y los cursos previstos",
        "financial": "Ejecución del 80 %",
        "legal": "Garantías vigentes",
    }
    sent = {"form": form}
    desk.refused("NOT_AUTHORISED", "profesional", "SubmitReport", sent, day=DRAFTED, target=report)
    desk.act("informes", "SubmitReport", sent, "report/sent", day=DRAFTED, target=report)
    checked = {"remarks": "Revisado con los operadores"}
    desk.act("coordinadora", "ConsolidateReport", checked, "report/checked", day=CONSOLIDATED, target=report)
    back = {"reason": "Precise la ejecución financiera"}
    desk.refused("NOT_AUTHORISED", "coordinadora", "ReturnReport", back, day=CONSOLIDATED, target=report)
    desk.act("subdirectora", "ReturnReport", back, "report/returned", day=CONSOLIDATED, target=report)
    again = {"form": {**form, "financial": "Ejecución del 80 %: 200 de 250 millones"}}
    desk.act("informes", "SubmitReport", again, "report/sent again", day=CONSOLIDATED, target=report)
    desk.act("coordinadora", "ConsolidateReport", checked, "report/checked again", day=CONSOLIDATED, target=report)
    desk.refused("NOT_AUTHORISED", "informes", "ApproveReport", day=CONSOLIDATED, target=report)
    desk.act("subdirectora", "ApproveReport", None, "report/approved", day=CONSOLIDATED, target=report)


def _set_next_actions(desk: Desk, report: str) -> None:
    rows = desk.world.staff["informes"].get(f"/api/reports/{report}")["beneficiaries"]
    served = sorted(str(row["case_id"]) for row in rows)
    for start in range(0, len(served), AT_ONCE):
        actions = [
            {
                "case": case,
                "progress": "Avanza según el plan",
                "next_action": "Visita de seguimiento",
                "responsible": desk.world.staff.person("profesional"),
                "due": desk.world.day(NEXT).isoformat(),
            }
            for case in served[start : start + AT_ONCE]
        ]
        desk.act("informes", "SetNextAction", {"actions": actions}, f"report/next/{start}", day=DRAFTED, target=report)
