"""The same procedure from the accepted offer to the approved report, on screen: activities 11 to 21."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from shared.runtime.clock import today
from tests.browser.screen import Pick, Screen
from tests.browser.staff import Clerk, account, shown
from tests.e2e.serving import Served
from tests.services import bodies
from tests.services.casework import CATALOGUE
from tests.services.intake.counter import Counter

PEOPLE = {
    "coordinator": "coordinator",
    "caseworker": "caseworker",
    "second_caseworker": "caseworker",
    "psychosocial": "psychosocial",
    "second_psychosocial": "psychosocial",
    "subdirector": "subdirector",
    "supervisor": "contract_supervisor",
    "adviser": "business_adviser",
    "training": "training_officer",
    "registrar": "warehouse_registrar",
    "keeper": "warehouse_keeper",
    "author": "report_author",
    "operator": None,
}
CONTRACT = "CPS-118-2026"
DAY = today()
ACCOUNTABLE = {"accountable": Pick(shown("caseworker"))}
NUBIA = {"doc_no": "52.654.321", "names": "Nubia", "surnames": "Castro Pinto", "source_ref": "SOL-2"}
CONSENT = {"notice_version": "1", "purposes": ["profiling"], "given_on": "2026-11-10"}
BLOCKS = len(CATALOGUE.instrument("DISC", DAY).blocks)
TALK, MEETING, VISITED = 10, 9, 5
"""Days ago."""
PHASES = ("technical_assistance", "materialisation")


class Later(Served):
    """The same folder served after the cut-off of this month's report."""

    def __init__(self, served: Served) -> None:
        self.__dict__.update(served.__dict__)
        self.log = served.folder / "later.log"
        # The first one's address must not be taken for this one's.
        (self.data / "lock").write_text("")

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "tests.browser.later", "45", *arguments]


@pytest.fixture
def accounts(served: Served) -> dict[str, tuple[str, str]]:
    with served.session("admin") as admin:
        made = {name: account(admin, name, role) for name, role in PEOPLE.items()}
    return made | {"admin": ("admin", served.passwords()["admin"])}


@pytest.fixture
def clerk(served: Served, accounts: dict[str, tuple[str, str]]) -> Iterator[Clerk]:
    opened = Clerk(served, accounts)
    yield opened
    opened.close()


def test_a_case_is_assisted_equipped_followed_closed_and_reported_on_screen(
    served: Served, browser: Browser, accounts: dict[str, tuple[str, str]], clerk: Clerk, tmp_path: Path
) -> None:
    """X-11, X-14: activities 11 to 21 by mouse and keyboard, every reference chosen by what people read."""
    call, case, other = accepted(clerk, tmp_path)
    screen = Screen(browser, served.url, accounts, tmp_path)
    commit(screen, clerk, call, case, other)
    train(screen, clerk, case, other)
    value(screen, case)
    hand_over(screen, call, case)
    plan(screen, case)
    stock(screen)
    equip(screen, case)
    conduct(screen, case)
    screen.visit("operator", f"/casos/{case}")
    end(screen, case)
    assert case[:8] in screen.visit("subdirector", "/tablero").inner_text("main")
    assert case[:8] in screen.visit("subdirector", "/casos").inner_text("main")
    assert served.stop() == 0
    later = Later(served)
    later.start()
    try:
        report(Screen(browser, later.url, accounts, tmp_path), case, other)
    finally:
        assert later.stop() == 0


def ago(days: int) -> str:
    return (DAY - timedelta(days=days)).isoformat()


def accepted(clerk: Clerk, folder: Path) -> tuple[str, str, str]:
    """A call and two cases whose people accepted its offer: activities 1 to 10, by the API."""
    counter = Counter(clerk, folder)  # type: ignore[arg-type]
    counter.file = clerk.file  # type: ignore[method-assign]
    call = counter.open_call(closes_on=ago(-90), executor_kind="operator_contract")
    people: dict[str, dict[str, Any]] = {counter.identify(call): {}, counter.identify(call, **NUBIA): NUBIA}
    for case, facts in people.items():
        counter.basic(case, **{name: fact for name, fact in facts.items() if name != "source_ref"})
    counter.consolidate(call)
    for case, facts in people.items():
        counter.checks(case)
        counter.evaluate(case)
        counter.communicate(case)
        clerk.act("caseworker", "RecordConsent", case, **CONSENT, file=clerk.file())
        clerk.act("psychosocial", "StartProfiling", case)
        clerk.act("psychosocial", "RecordInterview", case, **bodies.interview())
        clerk.act("psychosocial", "ApplyInstrument", case, **bodies.disc(BLOCKS))
        facts = {name: fact for name, fact in facts.items() if name != "source_ref"}
        counter.basic(case, "UpdateBasicIdentification", version_reason="update", **facts)
        clerk.act("psychosocial", "ClassifyProfile", case, **bodies.classification())
        clerk.act("second_psychosocial", "ValidateProfile", case, **bodies.validation())
        clerk.act("caseworker", "PresentOffer", case, **bodies.offer(call))
        clerk.act("caseworker", "RecordInterest", case, **bodies.interest(call))
        clerk.act("caseworker", "AcceptOffer", case, **bodies.acceptance(call))
    case, other = people
    return call, case, other


def commit(screen: Screen, clerk: Clerk, call: str, case: str, other: str) -> None:
    """Activity 11: the talk for both, whose names are chosen from the list; the commitment of one."""
    sheet = bodies.talk(call, case, other)["form"]
    first, second = sheet["attendees"]
    first.pop("case")
    second["case"] = Pick(other[:8])
    screen.act("caseworker", "RecordTalkAttendance", case, on=ago(TALK), form=sheet)
    signed = {name: bodies.commitment(call)["form"][name] for name in ("will_statement", "beneficiary", "entity")}
    screen.act("caseworker", "SignCommitment", case, on=ago(TALK), form=signed)
    clerk.act("caseworker", "SignCommitment", other, on=ago(TALK), **bodies.commitment(call))


def train(screen: Screen, clerk: Clerk, case: str, other: str) -> None:
    """Activity 12: a meeting of the group on screen, and three more like it."""
    screen.act("caseworker", "IssueTrainingMemo", case, on=ago(TALK), **bodies.memo())
    screen.act("training", "AcknowledgeTrainingMemo", case, on=ago(TALK))
    screen.act("training", "EnrolInTraining", case, on=ago(TALK))
    clerk.act("caseworker", "IssueTrainingMemo", other, on=ago(TALK), **bodies.memo())
    clerk.act("training", "EnrolInTraining", other, on=ago(TALK))
    meeting = bodies.meeting(case)
    attendees = [{"hours": "10"}, {"case": Pick(other[:8]), "hours": "10"}]
    too_long = [{"hours": "11"}, attendees[1]]
    meeting |= {"attendees": attendees, "happened_on": ago(MEETING)}
    screen.correct("training", "RecordTrainingHours", case, "Horas", {"attendees": too_long}, **meeting)
    for days in range(1, 4):
        clerk.act("training", "RecordTrainingHours", on=ago(MEETING - days), **bodies.meeting(case, other))
    screen.act("training", "CompleteTraining", case, on=ago(MEETING - 3))


def value(screen: Screen, case: str) -> None:
    """Activities 13 and 14: visit, the three forms, the report, and its result by who did not score."""
    planned = {**bodies.visit_plan(), "planned_on": ago(VISITED)}
    screen.act("caseworker", "ScheduleUnitVisit", case, on=ago(VISITED), **planned)
    visit = bodies.visit(visit=Pick("Visita del"), people_present=["Rosalba Inés Quitián Torres"])
    screen.act("caseworker", "RecordUnitVisit", case, on=ago(VISITED), **visit)
    capacity = bodies.capacity("")["form"]
    product = bodies.product("")["form"]
    for form in (capacity, product):
        form.pop("visit")
    unscored = {"form": {**capacity, "commercial": {"score": 3, "findings": ""}}}
    finding = "Hallazgos comerciales"
    screen.correct("caseworker", "FileCapacityEvaluation", case, finding, unscored, form=capacity)
    screen.act("caseworker", "FileProductEvaluation", case, form=product)
    screen.act("caseworker", "FileProductSheet", case, **bodies.sheet())
    report = {**bodies.report()["form"]}
    report.pop("components_to_strengthen")
    screen.act("caseworker", "IssueValidationReport", case, form=report)
    result = {name: said for name, said in bodies.result().items() if name != "components"}
    screen.act("second_caseworker", "DeclareUnitResult", case, **result)


def hand_over(screen: Screen, call: str, case: str) -> None:
    """Activity 16: the contract, the role of who works for it, the hand-over and its acceptance."""
    contract = {**bodies.contract(call, CONTRACT), "calls_covered": [Pick("AT-2026-1")], "ends_on": ago(-60)}
    screen.act("supervisor", "RegisterContract", **contract)
    page = screen.visit("admin", "/cuentas")
    page.locator(".govuk-summary-card", has_text=shown("operator")).get_by_role("link", name="Otorgar un rol").click()
    grant = {"role": "operator_staff", "organisation": "Corporación Manos del Sur", "programme": "PR-156"}
    screen.fill(page, {**grant, "contract": Pick(CONTRACT)})
    screen.send(page, "GrantRole")
    handed = bodies.handover(contract=Pick(CONTRACT))
    screen.correct("caseworker", "HandOver", case, "Contrato de operador", {"contract": ""}, **handed)
    screen.act("operator", "AcceptHandover", case)


def plan(screen: Screen, case: str) -> None:
    """Activities 17 and 18: diagnosis, plan, its approval by another person, and the boost in kind."""
    screen.act("operator", "RecordDiagnosis", case, **bodies.diagnosis())
    screen.act("operator", "DraftPlan", case, **bodies.plan("c", "d"))
    screen.act("adviser", "ApprovePlan", case)


def stock(screen: Screen) -> None:
    """Activity 19: a warehouse, an item, and goods that arrive."""
    screen.act("registrar", "RegisterWarehouse", code="BOG1", name="Almacén central", place="Carrera 10 # 16-82")
    screen.act("registrar", "RegisterItem", code="TELA-01", name="Tela de lona", kind="raw_material", unit="m")
    line = {"item": Pick("Tela de lona"), "qty": "50", "unit_cost": "12.500"}
    receipt = {"origin": "ipes_purchase", "supplier": "Textiles Ejemplo SAS", "delivery_note": "FV-118"}
    receipt |= {"warehouse": Pick("BOG1"), "received_by": bodies.sign("Luz Almacén", "Almacén"), "lines": [line]}
    screen.act("registrar", "ReceiveStock", **receipt)


def equip(screen: Screen, case: str) -> None:
    """Activities 18 and 19: decision, assignment, request, release with FO-128, delivery, forms received."""
    decision = bodies.decision()
    money = [{**decision["lines"][0], "kind": "money"}]
    screen.correct("caseworker", "DecideIncentive", case, "Clase", {"lines": money}, **decision)
    warehouse, lot = Pick("BOG1"), {"lot": Pick("TELA-01"), "qty": "20"}
    responsible = bodies.sign("Luz Almacén", "Almacén")
    screen.act("registrar", "AssignStock", case, warehouse=warehouse, lines=[lot], responsible=responsible)
    screen.act("caseworker", "RequestWithdrawal", case)
    assert case[:8] in screen.visit("keeper", "/trabajo").inner_text("main")
    released = {"withdrawn_by": bodies.sign(), "released_by": bodies.sign("Iván Bodega", "Almacén")}
    screen.act("keeper", "ReleaseWithdrawal", case, **released)
    beneficiary = bodies.sign("Rosalba Inés Quitián Torres", "Beneficiaria")
    screen.act("caseworker", "DeliverIncentive", case, beneficiary=beneficiary, place="Calle 58 sur 12-30")
    forms = [Pick(part) for part in ("110A", "110B", "-128-")]
    screen.act("keeper", "ConfirmFormsReceived", _id=Pick("BOG1"), documents=forms)
    assert "30 m" in screen.visit("registrar", "/almacen").inner_text("main")


def conduct(screen: Screen, case: str) -> None:
    """Activities 17 and 20: baseline, what was planned, each phase with its visit, result."""
    baseline = {**bodies.measurement(""), "from": ago(60), "to": ago(31)}
    screen.act("operator", "RecordMeasurement", case, **baseline | ACCOUNTABLE)
    for item in ("c1", "d1"):
        screen.act("operator", "RecordComponentActivity", case, **bodies.activity("", item) | ACCOUNTABLE)
    for phase in PHASES:
        screen.act("caseworker", "StartPhase", case, **bodies.phase(phase, ago(0)))
        visit = bodies.follow_up(phase) | {"visit": Pick("Visita prevista")}
        screen.act("caseworker", "RecordFollowUp", case, **visit)
        screen.act("caseworker", "EvaluateStage", case, **bodies.stage(phase))
        screen.act("caseworker", "ClosePhase", case, phase=phase)
    result = {**bodies.measurement("", "result"), "from": ago(30), "to": ago(1)}
    screen.act("operator", "RecordMeasurement", case, **result | ACCOUNTABLE)


def end(screen: Screen, case: str) -> None:
    """Activity 17 to its end: completion, the visit ex post, closing."""
    screen.act("coordinator", "CompleteProcess", case)
    screen.act("coordinator", "StartExPost", case, line_of_intervention="Sostener la marca")
    screen.act("caseworker", "RecordExPostVisit", case, **bodies.ex_post_visit())
    screen.act("coordinator", "CloseCase", case)
    closed = CATALOGUE.procedure("PR-156", DAY).label("closed_completed")
    screen.page("coordinator").locator(".govuk-tag", has_text=closed).first.wait_for()


def report(screen: Screen, case: str, other: str) -> None:
    """Activity 21: draft, next action of who was served, submission, consolidation, approval by another."""
    report = screen.act("author", "DraftReport", period=f"{DAY:%Y-%m}")["id"]
    action = {"case": Pick(case[:8]), "progress": "Vende en dos ferias", "next_action": "Abrir otro canal"}
    action |= {"responsible": Pick(shown("caseworker")), "due": ago(-60)}
    actions = [action, {**action, "case": Pick(other[:8])}]
    late = {"actions": [actions[0], {**actions[1], "due": ago(0)}]}
    screen.correct("author", "SetNextAction", report, "Fecha límite", late, actions=actions)
    words = {"technical": "Se cumplió el plan", "financial": "Ejecución del 80 %", "legal": "Garantías vigentes"}
    screen.act("author", "SubmitReport", report, form=words)
    screen.act("coordinator", "ConsolidateReport", report)
    screen.act("subdirector", "ApproveReport", report)
    page = screen.visit("subdirector", f"/informes/{report}")
    page.locator(".govuk-tag", has_text="Aprobado").wait_for()
    assert case[:8] in page.inner_text("main")
