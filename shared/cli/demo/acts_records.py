"""What is kept beside the steps of the procedure: who the person lives with, papers, minutes, corrections, breaches."""

from __future__ import annotations

from typing import Any

from shared.cli.demo.journey import Journey
from shared.cli.demo.staff import display_name
from shared.cli.demo.world import JSON

KNOWN, MET, CORRECTED, BREACHED = 6, 15, 25, 43


def know_the_person(case: Journey) -> None:
    """Activity 1: the socio-economic sheet FO-201 and the household."""
    person = case.person
    sheet: JSON = {
        "filled_on": case.world.day(KNOWN).isoformat(),
        "tenure": "rented",
        "stratum": 2,
        "household_members": [
            {"name": f"Abuela de {person.full_name}", "kinship": "parent", "occupation": person.remark("Pensionada")}
        ],
        "dependants": 2,
        "monthly_income": "1300000",
        "monthly_expenses": "1150000",
        "main_income": True,
        "population_groups": ["head_of_household"],
        "supports_received": [person.remark("Mercado de la parroquia")],
    }
    wrong = {"form": {**sheet, "stratum": 7}}
    case.refused("FIELD_INVALID", "profesional", "RecordSocioeconomicSheet", wrong, day=KNOWN)
    case.act("profesional", "RecordSocioeconomicSheet", {"form": sheet}, day=KNOWN)
    member = {"name": f"Abuela de {person.full_name}", "kinship": "parent"}
    household = {"household_type": "extended", "members": [member]}
    alone = {**household, "members": []}
    case.refused("FIELD_INVALID", "profesional", "LinkHousehold", alone, day=KNOWN)
    case.refused("NOT_AUTHORISED", "formacion", "LinkHousehold", household, day=KNOWN)
    case.act("profesional", "LinkHousehold", household, day=KNOWN)


def keep_minutes(case: Journey) -> None:
    """Activity 11: minutes FO-051 of a meeting that no other act keeps, and a scanned certificate."""
    person, name = case.person, display_name("psicosocial")
    form: dict[str, Any] = {
        "meeting_on": case.world.day(MET).isoformat(),
        "starts": "10:00",
        "ends": "10:40",
        "place": "Sede central",
        "subject": "Acuerdos con la persona beneficiaria",
        "activity": 11,
        "attendees": [
            {"name": person.full_name, "post": "Persona beneficiaria", "signature": case.signature(MET)},
            {"name": name, "organisation": "IPES", "signature": case.staff_signature("psicosocial", "Psicóloga", MET)},
        ],
        "development": person.remark("Se acordaron los días de formación"),
        "commitments": [
            {
                "what": person.remark("Conseguir quién cuide a los niños"),
                "responsible": person.full_name,
                "due": case.world.day(MET + 1).isoformat(),
            }
        ],
    }
    nobody = {"form": {**form, "attendees": []}}
    case.refused("FORM_INCOMPLETE", "psicosocial", "FileForm", nobody, day=MET, service="assistance")
    case.act("psicosocial", "FileForm", {"form": form}, day=MET, service="assistance")
    scan = case.attached("profesional", "assistance", "Certificado de residencia")
    body = {"document": "certificate", "file": scan, "for_activity": 11}
    unknown = {**body, "document": "un_papel"}
    case.refused("FIELD_INVALID", "profesional", "AttachDocument", unknown, day=MET, service="assistance")
    case.act("profesional", "AttachDocument", body, day=MET, service="assistance")


def correct(case: Journey) -> None:
    """What was mistyped in the FO-781 is put right beside the original, which stays."""
    paper = next(each for each in case.page("profesional")["documents"] if each["code"] == "FO-781")
    body = {
        "document": paper["id"],
        "changes": [{"field": "commercial.findings", "value": case.person.remark("Vende por encargo, no en feria")}],
        "reason": case.person.remark("Se digitó la visita de otra persona"),
    }
    nothing = {**body, "changes": [{"field": "visit", "value": "otra"}]}
    case.refused("FIELD_INVALID", "profesional", "CorrectRecord", nothing, day=CORRECTED, service="assistance")
    case.refused("NOT_AUTHORISED", "formacion", "CorrectRecord", body, day=CORRECTED, service="assistance")
    case.act("profesional", "CorrectRecord", body, day=CORRECTED, service="assistance")


def breach(case: Journey) -> None:
    """The person missed a visit that they had committed to: noted with their answer, and the case goes on."""
    proof = case.attached("profesional", "assistance", "Constancia de visita")
    body = {
        "commitment": "C2",
        "facts": case.person.remark("No estaba en la visita acordada"),
        "evidence": [proof],
        "answer": case.person.remark("Estaba en una cita médica"),
    }
    unsigned = {**body, "commitment": "C9"}
    case.refused("FIELD_INVALID", "profesional", "RecordCommitmentBreach", unsigned, day=BREACHED)
    unproved = {**body, "evidence": []}
    case.refused("EVIDENCE_MISSING", "profesional", "RecordCommitmentBreach", unproved, day=BREACHED)
    case.act("profesional", "RecordCommitmentBreach", body, day=BREACHED)
