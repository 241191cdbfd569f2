"""Use cases about the incentive of a case: assignment, withdrawal, delivery, return (act. 19)."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID, uuid4

from services.inventory.application.base import stock_of
from services.inventory.application.corrections import CorrectionUseCases
from services.inventory.application.counts import CountUseCases
from services.inventory.application.papers import Paper
from services.inventory.application.periods import PeriodUseCases
from services.inventory.application.store import StoreUseCases
from services.inventory.application.transfers import TransferUseCases
from services.inventory.application.write_offs import WriteOffUseCases
from services.inventory.domain import assigning, delivering, withdrawing
from services.inventory.domain.asked import Asked
from services.inventory.domain.case_incentive import CaseIncentive
from services.inventory.domain.catalogue_version import CatalogueCopy, CatalogueVersion
from services.inventory.domain.key_destruction import KeyDestruction
from services.inventory.domain.series import FO_110_B, FO_128, FRM_10
from shared.casework.destroying import DestroyingActs
from shared.catalogue.refusals import NotFound, StepOutOfOrder
from shared.catalogue.types import Act
from shared.editing.acts import CatalogueActs
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.personal import Personal, assign

Rows = list[dict[str, Any]]


class InventoryApplication(
    StoreUseCases,
    TransferUseCases,
    CountUseCases,
    WriteOffUseCases,
    CorrectionUseCases,
    PeriodUseCases,
    DestroyingActs,
    CatalogueActs,
):
    """The warehouse over its own store."""

    # The library names each subclass anew; this is the name of the log, and what every stored value is sealed under.
    name = "inventory"
    version_class = CatalogueVersion
    copy_class = CatalogueCopy
    destruction_class = KeyDestruction

    def assign_stock(
        self,
        uow: UnitOfWork,
        act: Act,
        case_id: UUID,
        *,
        warehouse: UUID,
        decision: UUID,
        lines: Rows,
        responsible: dict[str, Any],
    ) -> dict[str, Any]:
        """FO-110 part B: reserve lots for a decision's lines."""
        case, candidate = self._case(uow, case_id)
        place = self.warehouse(uow, warehouse)
        signed = assign(responsible, act.person)
        assignment_id = uuid4()
        facts = {
            "assigned_on": act.on,
            "warehouse": place.name,
            "case": case_id,
            "incentive_decision": decision,
            "responsible": signed,
        }
        paper = Paper(FO_110_B, assignment_id, case_id, candidate, place, facts)
        rows = assigning.assign(
            case,
            act,
            assignment_id=assignment_id,
            decision_id=decision,
            warehouse=warehouse,
            lots=_asked(lines, "lot"),
            stock=stock_of(uow),
            responsible=signed,
            issue=partial(paper.issue, self, uow, act),
        )
        return _issued(case, "assignment", assignment_id, rows)

    def release_assignment(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, assignment: UUID, lines: Rows, reason: Personal
    ) -> dict[str, Any]:
        """Reserved goods are free stock again."""
        case, candidate = self._case(uow, case_id)
        assigning.release_assignment(
            case,
            act,
            assignment_id=assignment,
            lines=_asked(lines, "assignment_line"),
            stock=stock_of(uow),
            reason=assign(reason, candidate),
        )
        return {"id": str(case_id)}

    def request_withdrawal(self, uow: UnitOfWork, act: Act, case_id: UUID, *, lines: Rows) -> dict[str, Any]:
        """The caseworker asks for assigned goods."""
        case, _ = self._case(uow, case_id)
        request_id = uuid4()
        asked = _asked(lines, "assignment_line")
        withdrawing.request_withdrawal(case, act, request_id=request_id, lines=asked, stock=stock_of(uow))
        return {"id": str(case_id), "request": str(request_id)}

    def refuse_withdrawal(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, request: UUID, reason: Personal
    ) -> dict[str, Any]:
        """The keeper refuses a request."""
        case, candidate = self._case(uow, case_id)
        withdrawing.refuse_withdrawal(case, act, request_id=request, reason=assign(reason, candidate))
        return {"id": str(case_id)}

    def release_withdrawal(
        self,
        uow: UnitOfWork,
        act: Act,
        case_id: UUID,
        *,
        request: UUID,
        professional: UUID | None,
        lines: Rows | None,
        withdrawn_by: dict[str, Any] | None,
        released_by: dict[str, Any] | None,
    ) -> dict[str, Any]:
        """FO-128: goods pass into the custody of the professional who signs for them."""
        case, candidate = self._case(uow, case_id)
        waiting = case.waiting_request(request)
        taker = professional or waiting.requested_by
        place = self.warehouse(uow, waiting.warehouse)
        withdrawal_id = uuid4()
        signed, released = assign(withdrawn_by, taker), assign(released_by, act.person)
        facts = {
            "withdrawn_on": act.on,
            "purpose": "delivery",
            "from_warehouse": place.name,
            "to": case_id,
            "requested_by": waiting.requested_by,
            "released_by": released,
            "withdrawn_by": signed,
        }
        paper = Paper(FO_128, withdrawal_id, case_id, candidate, place, facts)
        rows = withdrawing.release_withdrawal(
            case,
            act,
            withdrawal_id=withdrawal_id,
            request_id=request,
            professional=professional,
            lines=_asked(lines or [], "assignment_line"),
            stock=stock_of(uow),
            withdrawn_by=signed,
            released_by=released,
            issue=partial(paper.issue, self, uow, act),
        )
        return _issued(case, "withdrawal", withdrawal_id, rows)

    def deliver_incentive(
        self,
        uow: UnitOfWork,
        act: Act,
        case_id: UUID,
        *,
        withdrawal: UUID,
        lines: Rows,
        place: Personal | None,
        beneficiary: dict[str, Any] | None,
        witness: Personal | None,
        photo: Personal | None,
    ) -> dict[str, Any]:
        """The beneficiary receives and signs; only then the incentive is delivered (A19-3)."""
        case, candidate = self._case(uow, case_id)
        taken = case.withdrawal_of(withdrawal)
        delivery_id = uuid4()
        evidence = assign({"beneficiary": beneficiary, "witness": witness, "place": place, "photo": photo}, candidate)
        facts = {
            **evidence,
            "delivered_on": act.on,
            "case": case_id,
            "withdrawal_no": taken.number,
            "recorded_by": act.person,
        }
        paper = Paper(FRM_10, delivery_id, case_id, candidate, self.warehouse(uow, taken.warehouse), facts)
        complete = delivering.deliver(
            case,
            act,
            delivery_id=delivery_id,
            withdrawal_id=withdrawal,
            lines=_asked(lines, "withdrawal_line"),
            conditions={line["withdrawal_line"]: line["condition"] for line in lines if line.get("condition")},
            stock=stock_of(uow),
            **evidence,
            issue=partial(paper.issue, self, uow, act),
        )
        rows = [{"line": line.id} for line in case.delivery_lines.values() if line.delivery == delivery_id]
        return {**_issued(case, "delivery", delivery_id, rows), "complete": complete}

    def return_stock(
        self,
        uow: UnitOfWork,
        act: Act,
        case_id: UUID,
        *,
        withdrawal: UUID,
        lines: Rows,
        reason_code: str,
        reason: Personal | None,
        period: str | None,
    ) -> dict[str, Any]:
        """Goods come back from the professional or from the beneficiary."""
        self.check_posting(uow, act, period)
        case, candidate = self._case(uow, case_id)
        movement_id = uuid4()
        delivering.take_back(
            case,
            act,
            movement_id=movement_id,
            withdrawal_id=withdrawal,
            lines=_asked(lines, "line"),
            reason_code=reason_code,
            reason=assign(reason, candidate),
            stock=stock_of(uow),
        )
        return {"id": str(case_id), "movement": str(movement_id)}

    def _case(self, uow: UnitOfWork, case_id: UUID) -> tuple[CaseIncentive, UUID]:
        """The case and whose it is; personal values of the case are sealed under that person's keys."""
        case = uow.find(CaseIncentive, case_id)
        if case is None:
            raise NotFound(what="ese caso", field="id")
        if case.candidate_id is None:
            raise StepOutOfOrder(missing="la identificación del caso (act. 1); reintente en unos segundos")
        return case, case.candidate_id


def _asked(lines: Rows, key: str) -> Asked:
    return [(line[key], line["qty"]) for line in lines]


def _issued(case: CaseIncentive, what: str, document_id: UUID, rows: Rows) -> dict[str, Any]:
    lines = [{key: str(row[key]) for key in ("line", "lot") if key in row} for row in rows]
    return {"id": str(case.id), what: str(document_id), "number": list(case.documents)[-1], "lines": lines}
