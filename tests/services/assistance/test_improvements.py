"""The register of improvement actions, and the one that an operator's month opens (IMP-1 to IMP-3, OPC-4)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from services.assistance import register_queries
from shared.runtime.tokens import GrantInForce, Who
from tests.services.assistance.field import Field
from tests.services.casework import Refused

PROOF = "a" * 64
OTHER_PROOF = "b" * 64


class Register:
    """The register of a field; the adviser owns the actions, the subdirector verifies them."""

    def __init__(self, field: Field) -> None:
        self.field, self.desk = field, field.desk
        self.adviser, self.coordinator = field.desk.person("adviser"), field.desk.person("coordinator")

    def body(self, **changes: Any) -> dict[str, Any]:
        activities = [
            {"text": "Rediseñar la encuesta", "owner": self.adviser, "due": "2026-12-01"},
            {"text": "Aplicarla de nuevo", "due": "2026-12-20"},
        ]
        found = {
            "kind": "improvement",
            "origin": "evaluation",
            "source_ref": "Evaluación de satisfacción 2026-1",
            "finding": "La encuesta no llega a quienes salieron del proceso",
            "cause": "Se envía solo por correo",
            "owner": self.adviser,
            "activities": activities,
            "evidence": [PROOF],
        }
        return found | changes

    def opened(self, **changes: Any) -> str:
        found: str = self.act("OpenImprovementAction", None, **self.body(**changes))["id"]
        return found

    def act(
        self, command: str, action: str | None, *, who: str = "coordinator", on: str = "2026-11-12", **body: Any
    ) -> Any:
        return self.desk.act(who, command, action, on=on, **body)

    def refused(self, command: str, action: str | None, **body: Any) -> Refused:
        with pytest.raises(Refused) as found:
            self.act(command, action, **body)
        return found.value

    def done(self, action: str, *activities: str) -> str:
        for one in activities:
            body = {"activity": one, "done": True, "findings": "Cumplida", "evidence": [OTHER_PROOF]}
            self.act("FollowUpImprovementAction", action, on="2026-11-13", **body)
        return action

    def close(self, action: str, **changes: Any) -> Any:
        body = {"effective": True, "effectiveness": "Responde el 60 %", "evidence": [PROOF], "who": "subdirector"}
        return self.act("CloseImprovementAction", action, on=changes.pop("on", "2026-11-14"), **(body | changes))

    def page(self, action: str, who: str = "caseworker") -> Any:
        return self.desk.ask("improvement_action", who, id=action)

    def listed(self, who: str = "caseworker", **params: Any) -> list[str]:
        return [row["id"] for row in self.desk.ask("improvement_actions", who, **params)["items"]]


@pytest.fixture
def register(field: Field) -> Register:
    return Register(field)


def aspects(rating: str) -> dict[str, Any]:
    """October of an operator: technical with that rating, the others compliant."""
    row = {"rating": "compliant", "findings": "Al día", "evidence": [PROOF]}
    judged = {"rating": rating, "findings": "No entregó el plan de trabajo", "evidence": [OTHER_PROOF]}
    action = {"action": "Entregar el plan de trabajo", "action_due": "2026-12-05"}
    rows = [{"aspect": name, **row} for name in ("financial", "legal")]
    return {"month": "2026-10", "aspects": [{"aspect": "technical", **judged, **action}, *rows]}


def test_an_action_carries_everything_from_its_finding_to_its_effect(register: Register) -> None:
    """IMP-1: kind, origin, finding, cause, activities with owner and due date, evidence, follow-ups, effect, state."""
    action = register.opened()
    assert register.listed(state="open", kind="improvement", origin="evaluation") == [action]
    assert register.listed(owner=register.adviser) == [action]
    register.done(action, "1.1")
    assert register.listed(owner=register.adviser) == []
    register.done(action, "1.2")
    register.close(action)
    page = register.page(action)
    told = {name: page[name] for name in ("kind", "origin", "state", "finding", "cause", "owner", "effective")}
    assert told == {
        "kind": "improvement",
        "origin": "evaluation",
        "state": "closed",
        "finding": "La encuesta no llega a quienes salieron del proceso",
        "cause": "Se envía solo por correo",
        "owner": register.adviser,
        "effective": True,
    }
    (plan,) = page["plans"]
    assert [(row["id"], row["owner"], row["due"], row["done"]) for row in plan["activities"]] == [
        ("1.1", register.adviser, "2026-12-01", True),
        ("1.2", None, "2026-12-20", True),
    ]
    assert [(one["activity"], one["evidence"]) for one in page["follow_ups"]] == [
        ("1.1", [OTHER_PROOF]),
        ("1.2", [OTHER_PROOF]),
    ]
    assert (page["effectiveness"], page["verified_by"]) == ("Responde el 60 %", register.desk.person("subdirector"))
    assert page["evidence"] == [PROOF, PROOF]
    assert register.listed(state="open") == []


def test_its_events_say_only_which_action_it_is(register: Register) -> None:
    """IMP-1, IMP-3: opened, replanned and closed are published with id, kind and origin; a follow-up is not."""
    action = register.opened()
    register.act("FollowUpImprovementAction", action, findings="Va bien")
    plan = [{"text": "Llamar", "due": "2026-12-10"}]
    register.act("ReplanImprovementAction", action, justification="No hay correo", activities=plan)
    register.close(register.done(action, "2.1"))
    told = [(event.type, event.audience, event.data) for event in register.desk.published()]
    which = {"action_id": action, "kind": "improvement", "origin": "evaluation"}
    for name in ("ImprovementActionOpened", "ImprovementActionReplanned", "ImprovementActionClosed"):
        assert (name, "I", which) in told
    assert ("ImprovementActionFollowedUp", "-", {}) in told


def test_the_owner_does_not_verify_the_closing(register: Register) -> None:
    """IMP-2: neither who owns the action nor who owns, or owned, one of its activities."""
    plan = [{"text": "Llamar", "owner": register.coordinator, "due": "2026-12-10"}]
    action = register.opened(owner=register.desk.person("supervisor"))
    register.act("ReplanImprovementAction", action, justification="No hay correo", activities=plan)
    register.act("ReplanImprovementAction", action, justification="Nadie contesta", activities=register_plan())
    register.done(action, "3.1")
    for who in ("supervisor", "coordinator"):
        with pytest.raises(Refused) as found:
            register.close(action, who=who)
        assert found.value.code == "SOD_VIOLATION"
    register.close(action)


def register_plan() -> list[dict[str, Any]]:
    return [{"text": "Visitar", "due": "2026-12-10"}]


def test_an_action_closes_with_evidence_and_nothing_pending_and_stays_closed(register: Register) -> None:
    """IMP-2: `EVIDENCE_MISSING`; what is pending is named; afterwards nothing changes it."""
    action = register.done(register.opened(), "1.1")
    with pytest.raises(Refused) as found:
        register.close(action)
    assert found.value.code == "STEP_OUT_OF_ORDER"
    assert "1.2" in found.value.refusal["text"]
    register.done(action, "1.2")
    with pytest.raises(Refused) as found:
        register.close(action, evidence=[])
    assert (found.value.code, found.value.field) == ("EVIDENCE_MISSING", "evidence")
    with pytest.raises(Refused) as found:
        register.close(action, on="2026-11-12")
    assert found.value.code == "DATE_BEFORE_PRECONDITION"
    register.close(action)
    plan = {"justification": "Otra vez", "activities": register_plan()}
    follow_up = {"findings": "Sigue bien"}
    for command, body in (("ReplanImprovementAction", plan), ("FollowUpImprovementAction", follow_up)):
        assert register.refused(command, action, on="2026-11-15", **body).code == "ACTION_CLOSED"


def test_a_new_plan_needs_a_justification_and_the_old_one_stays_beside_it(register: Register) -> None:
    """IMP-3: `JUSTIFICATION_REQUIRED`; a full new set of activities; every version is kept."""
    action = register.done(register.opened(), "1.1")
    found = register.refused("ReplanImprovementAction", action, on="2026-11-13", activities=register_plan())
    assert (found.code, found.field) == ("JUSTIFICATION_REQUIRED", "justification")
    empty = {"justification": "No hay correo", "activities": []}
    assert register.refused("ReplanImprovementAction", action, on="2026-11-13", **empty).code == "FIELD_INVALID"
    answer = register.act(
        "ReplanImprovementAction",
        action,
        on="2026-11-13",
        justification="No hay correo",
        activities=[{"text": "Llamar", "owner": register.coordinator, "due": "2026-12-10"}],
    )
    assert answer["plan_version"] == 2
    first, second = register.page(action)["plans"]
    assert [row["done"] for row in first["activities"]] == [True, False]
    assert (second["justification"], second["activities"][0]["owner"]) == ("No hay correo", register.coordinator)
    gone = {"activity": "1.2", "done": True, "findings": "Hecha", "on": "2026-11-13"}
    assert register.refused("FollowUpImprovementAction", action, **gone).field == "activity"


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"kind": "reactive"}, "kind"),
        ({"origin": "gossip"}, "origin"),
        ({"finding": None}, "finding"),
        ({"cause": None}, "cause"),
        ({"owner": None}, "owner"),
        ({"activities": []}, "activities"),
        ({"activities": [{"text": "Llamar", "due": "2026-11-11"}]}, "activities[0].due"),
        ({"activities": [{"text": "Llamar"}]}, "activities[0].due"),
        ({"origin": "operator_compliance"}, "contract"),
    ],
)
def test_an_action_without_one_of_its_facts_is_refused(register: Register, changes: Any, where: str) -> None:
    """IMP-1: each fact is asked for by name."""
    found = register.refused("OpenImprovementAction", None, **register.body(**changes))
    assert (found.code, found.field) == ("FIELD_INVALID", where)


def test_only_what_exists_is_followed(register: Register) -> None:
    """IMP-1: an unknown contract, action or activity, and a fulfilment of nothing."""
    unknown = register.body(contract=str(uuid4()), origin="operator_compliance")
    assert register.refused("OpenImprovementAction", None, **unknown).code == "NOT_FOUND"
    for command, body in (
        ("FollowUpImprovementAction", {"findings": "Bien"}),
        ("ReplanImprovementAction", {"justification": "Sí", "activities": register_plan()}),
        ("CloseImprovementAction", {"effective": True, "effectiveness": "Sí", "evidence": [PROOF]}),
    ):
        assert register.refused(command, str(uuid4()), **body).code == "NOT_FOUND"
    done = {"done": True, "findings": "Bien"}
    assert register.refused("FollowUpImprovementAction", register.opened(), **done).field == "activity"
    with pytest.raises(Refused):
        register.page(str(uuid4()))


def test_a_non_compliant_aspect_opens_a_corrective_action_on_the_operator(register: Register) -> None:
    """OPC-4: in the same act, with the finding, the required action and its date; once while it is open."""
    contract = register.field.contract
    opened = register.act("AssessOperatorCompliance", contract, who="supervisor", **aspects("non_compliant"))
    (action,) = opened["improvement_actions"]
    page = register.page(action)
    assert (page["kind"], page["origin"], page["contract_id"]) == ("corrective", "operator_compliance", contract)
    assert (page["finding"], page["cause"], page["owner"]) == ("No entregó el plan de trabajo", None, None)
    assert page["plans"][0]["activities"][0] == {
        "id": "1.1",
        "text": "Entregar el plan de trabajo",
        "owner": None,
        "due": "2026-12-05",
        "done": False,
    }
    again = register.act("AssessOperatorCompliance", contract, who="supervisor", **aspects("non_compliant"))
    assert again["improvement_actions"] == []
    register.act("FollowUpImprovementAction", action, findings="Falta personal", cause="Renunció quien lo hacía")
    assert register.page(action)["cause"] == "Renunció quien lo hacía"
    register.close(register.done(action, "1.1"))
    body = aspects("non_compliant")
    anew = register.act("AssessOperatorCompliance", contract, who="supervisor", on="2026-11-15", **body)
    assert len(anew["improvement_actions"]) == 1 and anew["improvement_actions"] != [action]


@pytest.mark.parametrize("rating", ["compliant", "partial", "not_due"])
def test_no_other_rating_opens_an_action(register: Register, rating: str) -> None:
    """OPC-4: only what is not complied with."""
    contract = register.field.contract
    answer = register.act("AssessOperatorCompliance", contract, who="supervisor", **aspects(rating))
    assert answer["improvement_actions"] == []
    assert register.listed() == []


def test_an_operator_sees_its_own_actions_and_decides_none(register: Register) -> None:
    """OPC-5, ROL-02: no record of this section is made by who works for an operator, whatever the other grant."""
    contract = register.field.contract
    body = aspects("non_compliant")
    (action,) = register.act("AssessOperatorCompliance", contract, who="supervisor", **body)["improvement_actions"]
    elsewhere = register.opened()
    register.desk.hire("stranger", "operator_staff", contract=str(uuid4()))
    assert register.listed("operator") == [action]
    assert register.listed("stranger") == []
    for who, hidden in (("operator", elsewhere), ("stranger", action)):
        with pytest.raises(Refused) as found:
            register.page(hidden, who)
        assert found.value.code == "NOT_FOUND"
    both(register.desk, "turncoat", contract)
    for command, target, facts in (
        ("OpenImprovementAction", None, register.body()),
        ("FollowUpImprovementAction", action, {"findings": "Bien"}),
        ("ReplanImprovementAction", action, {"justification": "Sí", "activities": register_plan()}),
        ("CloseImprovementAction", action, {"effective": True, "effectiveness": "Sí", "evidence": [PROOF]}),
    ):
        assert register.refused(command, target, who="operator", **facts).code == "NOT_AUTHORISED"
        assert register.refused(command, target, who="turncoat", **facts).code == "SOD_VIOLATION"


def both(desk: Any, name: str, contract: str) -> None:
    """One person with a grant of the entity and one of an operator."""
    grants = (
        GrantInForce(f"{name}-1", "coordinator"),
        GrantInForce(f"{name}-2", "operator_staff", contract=contract),
    )
    desk.people[name] = Who.of(uuid4(), grants)


def test_what_is_overdue_is_marked_and_comes_first(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    """IMP-1: the list follows the first date by which something is still to be done."""
    monkeypatch.setattr(register_queries, "today", lambda: date(2026, 12, 2))
    late = register.opened()
    soon = register.opened(activities=[{"text": "Llamar", "due": "2026-12-02"}])
    rows = register.desk.ask("improvement_actions", "auditor")["items"]
    assert [(row["id"], row["overdue"], row["due"]) for row in rows] == [
        (late, True, "2026-12-01"),
        (soon, False, "2026-12-02"),
    ]
    register.done(late, "1.1")
    assert register.listed() == [soon, late]


def test_other_roles_are_refused(register: Register) -> None:
    """IMP-1, IMP-2: by role."""
    action = register.opened()
    for who, command, body in (
        ("caseworker", "OpenImprovementAction", register.body()),
        ("caseworker", "CloseImprovementAction", {"effective": True, "effectiveness": "Sí", "evidence": [PROOF]}),
        ("adviser", "ReplanImprovementAction", {"justification": "Sí", "activities": register_plan()}),
        ("auditor", "FollowUpImprovementAction", {"findings": "Bien"}),
        ("psychosocial", "FollowUpImprovementAction", {"findings": "Bien"}),
    ):
        target = None if command == "OpenImprovementAction" else action
        assert register.refused(command, target, who=who, **body).code == "NOT_AUTHORISED"
