"""The office that reports: the service's desk on its real store, the events of others, and who may act there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from services.reporting.definition import SERVICE
from shared.contracts.envelope import Envelope
from shared.eventstore.tracking import Step
from tests.services.casework import Office

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
MONTH = "2026-10"
CUT_OFF = datetime(2026, 11, 6, 5, 0, tzinfo=UTC)
"""End of the third working day after October 2026 (2 November is a holiday), in UTC."""


class Bureau(Office):
    """Reporting, fed with events whose two clocks the test sets."""

    def __init__(self, folder: Path) -> None:
        super().__init__(SERVICE, folder)
        self.inbox = self.assembled.inbox
        self.hire("author", "report_author")
        self.hire("second_author", "report_author")
        self.hire("operator", "operator_staff", contract=str(uuid4()))

    def tell(
        self,
        topic: str,
        subject: UUID,
        data: dict[str, Any] | None = None,
        *,
        on: str = "2026-10-15",
        recorded: datetime | None = None,
        activity: int = 0,
        audience: Any = "S",
        actor: UUID | None = None,
    ) -> Envelope:
        """An event of another service arrives; recorded on the evening of its day unless ``recorded`` says when."""
        source, _, kind = topic.partition(".")
        position = self.inbox.position(source).position
        happened = date.fromisoformat(on)
        envelope = Envelope(
            source=source,
            type=kind,
            subject=subject,
            sequence=position + 1,
            recorded_at=recorded or datetime.combine(happened, time(22), UTC) + timedelta(seconds=next(self._sequence)),
            happened_on=happened,
            epoch="e",
            correlation_id=uuid4(),
            data=data or {},
            activity=activity,
            audience=audience,
            actor=actor,
        )
        self.inbox.apply(Step(source, position, position + 1, "e", "h"), [envelope])
        return envelope

    def identified(self, on: str = "2026-10-01", **rest: Any) -> UUID:
        case_id = uuid4()
        data = {"candidate_id": str(uuid4()), "call_id": str(uuid4()), "source": rest.pop("source", "hemi")}
        self.tell("intake.CandidateIdentified", case_id, data, on=on, activity=1, **rest)
        return case_id

    def assisted(self, on: str = "2026-10-02") -> UUID:
        """A case whose hand-over an operator accepted."""
        case_id = self.identified(on)
        executor = {"contract_id": str(uuid4()), "call_id": str(uuid4())}
        self.tell("assistance.HandoverAccepted", case_id, executor, on=on, activity=16)
        return case_id

    def visited(self, case_id: UUID, on: str = "2026-10-15", phase: str = "materialisation") -> Envelope:
        visit = {"visit_id": str(uuid4()), "phase": phase}
        return self.tell("assistance.FollowUpVisited", case_id, visit, on=on, activity=20)

    def drafted(self, **rest: Any) -> str:
        report: str = self.act("author", "DraftReport", on="2026-11-10", period=MONTH, **rest)["id"]
        return report

    def next_actions(self, report: str, *cases: UUID, who: str = "author") -> Any:
        return self.act(who, "SetNextAction", report, on="2026-11-10", actions=[action(case) for case in cases])

    def submitted(self, report: str) -> str:
        self.act("author", "SubmitReport", report, on="2026-11-11", form=execution())
        return report

    def consolidated(self, *cases: UUID) -> str:
        report = self.drafted()
        self.next_actions(report, *cases)
        self.submitted(report)
        self.act("coordinator", "ConsolidateReport", report, on="2026-11-12")
        return report


def action(case: UUID, **changes: Any) -> dict[str, Any]:
    row = {"case": str(case), "progress": "Terminó su primera orden", "next_action": "Costear el segundo producto"}
    return row | {"responsible": str(uuid4()), "due": "2026-11-30"} | changes


def execution() -> dict[str, str]:
    return {"technical": "Se cumplió el plan", "financial": "Ejecución del 80 %", "legal": "Garantías vigentes"}


def receipt(number: str = "HEMI-2026-00031", on: str = "2026-11-12") -> dict[str, Any]:
    return {"form": {"receipt_id": number, "receipted_on": on}}


@contextmanager
def bureau(folder: Path) -> Iterator[Bureau]:
    opened = Bureau(folder)
    try:
        yield opened
    finally:
        opened.assembled.close()


def after_cut_off(hours: int = 1) -> datetime:
    return CUT_OFF + timedelta(hours=hours)


def hand_over(desk: Office, office: Bureau) -> None:
    """Everything that another service published arrives."""
    source = desk.application.name
    for event in desk.published():
        position = office.inbox.position(source).position
        office.inbox.apply(Step(source, position, event.sequence, "test", "h"), [event])
