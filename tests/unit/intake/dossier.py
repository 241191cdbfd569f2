"""A case of intake on its way through activities 1 and 2: each step presupposes the one before."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid4

from services.intake.domain.calls import Call, Minutes
from services.intake.domain.cases import Case
from services.intake.domain.evaluation import Verdict
from services.intake.domain.facts import by_class
from shared.catalogue.catalogue import Catalogue
from shared.catalogue.types import Act, Outcome
from shared.privacy.personal import Personal

DAY = date(2026, 3, 2)
TODAY = date(2026, 12, 1)
PROCEDURE = Catalogue.load().procedure("PR-156", DAY)
ROSA, MARCELA = uuid4(), uuid4()
"""Rosa the caseworker, Marcela the coordinator."""
PRE = ("G01", "G07", "G08", "G11")
SOURCES = {"snr_vur": ("G07",), "ruaf": ("G08",), "procuraduria": ("G11",)}


def act(command: str, person: UUID = ROSA, role: str = "caseworker", on: date = DAY) -> Act:
    return Act(command, person, role, on, TODAY, PROCEDURE, frozenset({role}))


def coordinator(command: str, on: date = DAY) -> Act:
    return act(command, MARCELA, "coordinator", on)


def open_call(**changes: Any) -> Call:
    facts: dict[str, Any] = {
        "code": "AT-1",
        "name": "Mejoramiento",
        "service": "technical_assistance",
        "specifications": "Texto",
        "specifications_file": "f" * 64,
        "product_types": ["textile"],
        "routes": ["strengthening"],
        "localities": [],
        "opens_on": date(2026, 1, 1),
        "closes_on": date(2026, 6, 30),
        "cohort_quota": 30,
        "executor_kind": "ipes_team",
    }
    return Call.open(coordinator("OpenCall"), **(facts | changes))


def minutes() -> Minutes:
    return Minutes(uuid4(), "V1", "FO-051-2026-000001", "0" * 64, {"subject": "Lista"})


def verdict(**outcomes: str) -> Verdict:
    every = dict.fromkeys(PRE, "met") | outcomes
    found = {code: Outcome(code, outcome, f"Motivo de {code}.") for code, outcome in every.items()}
    measures = {"age": 40, "months_operating": 20, "route_warnings": []}
    return Verdict("DE-017", "1", DAY, "technical_assistance", found, PRE, "strengthening", measures)


class Dossier:
    """The case of Nidia, identified on `DAY`."""

    def __init__(self, ground: str = "public_function") -> None:
        self.person = uuid4()
        self.case = Case.identify(
            act("IdentifyCandidate"),
            candidate_id=self.person,
            call_id=uuid4(),
            source="field_day",
            source_kind=None,
            source_ref=self.text("JOR-1"),
            identified_on=DAY,
            ground=ground,
            identity=Personal(
                self.person, "i", {"doc_type": "CC", "doc_no": "52123456", "names": "Nidia", "surnames": "Rojas"}
            ),
        )
        self.happened()

    def text(self, value: str, kind: Any = "s") -> Personal:
        return Personal(self.person, kind, value)

    def happened(self) -> list[str]:
        """The types of the events since the last time."""
        return [type(event).__name__ for event in self.case.collect_events()]

    def filed(self, **facts: Any) -> Dossier:
        self.case.record_basic_identification(
            act("RecordBasicIdentification"),
            form_version="V1",
            version_reason="new",
            facts=by_class(facts, self.person),
            form_instance_id=uuid4(),
        )
        return self

    def checked(self, *sources: str, on: date = DAY, result: str = "no_record") -> Dossier:
        for source in sources or tuple(SOURCES):
            self.case.record_check(
                act("RecordExternalCheck"),
                check_id=uuid4(),
                source=source,
                sources=SOURCES,
                queried_on=on,
                result=result,
                file="a" * 64,
                validity_days=30,
            )
        return self

    def evaluated(self, *, listed: bool = True, **outcomes: str) -> Dossier:
        self.case.evaluate(
            act("EvaluateCriteria"), verdict(**outcomes), evaluation_id=uuid4(), declared={}, listed=listed
        )
        return self

    def communicable(self, *, minutes_missing: bool = False, on: date = DAY) -> None:
        self.case.check_communicable(
            act("CommunicateEligibility", on=on),
            evidenced=("G07", "G08", "G11"),
            pre=PRE,
            validity_days=30,
            minutes_missing=minutes_missing,
        )

    def communicated(self) -> Dossier:
        self.communicable()
        self.case.communicate(
            act("CommunicateEligibility"),
            form_instance_id=uuid4(),
            form_version="V1",
            number="FO-068-2026-000001",
            channel="in_person",
            sent_on=DAY,
            form={},
            file_id="b" * 64,
            file_hash="c" * 64,
            delivery_proof=None,
            changes_state=True,
        )
        return self
