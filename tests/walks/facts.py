"""One event as its log has it, and what the goods of a case have come to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID


@dataclass(frozen=True)
class Fact:
    """One event of a case, or of any other subject."""

    type: str
    actor: UUID | None
    said: Any

    @property
    def key(self) -> str:
        """Its type; of a correction also the form that it corrects, whose authors its author joins (X-10)."""
        return f"{self.type} {self.said.code}" if self.type == "RecordCorrected" else self.type


def in_custody(facts: Iterable[Fact]) -> dict[UUID, Decimal]:
    """What is withdrawn and neither delivered nor returned, by line of FO-128."""
    held: dict[UUID, Decimal] = defaultdict(Decimal)
    for fact in facts:
        match fact.type:
            case "StockWithdrawn":
                for line in fact.said.lines:
                    held[line["line"]] += line["qty"]
            case "IncentiveDelivered":
                for line in fact.said.lines:
                    held[line["withdrawal_line"]] -= line["qty"]
            case "StockReturned":
                for line in fact.said.lines:
                    if line["origin"] == "custody":
                        held[line["source"]] -= line["qty"]
            case "CaseMovementCorrected":
                for line in fact.said.lines:
                    if fact.said.kind == "withdrawal":
                        held[line["line"]] += line["qty"]
                    elif fact.said.kind == "delivery" or line["origin"] == "custody":
                        held[line["source"]] -= line["qty"]
    return {line: qty for line, qty in held.items() if qty}


def open_requests(facts: Iterable[Fact]) -> list[UUID]:
    """Requests for goods that the warehouse neither released nor refused."""
    found: list[UUID] = []
    for fact in facts:
        if fact.type == "WithdrawalRequested":
            found.append(fact.said.request_id)
        elif fact.type in ("StockWithdrawn", "WithdrawalRefused") and fact.said.request_id in found:
            found.remove(fact.said.request_id)
    return found


def assigned(facts: Iterable[Fact]) -> dict[UUID, tuple[UUID, Decimal]]:
    """What is assigned and neither withdrawn nor released: assignment and quantity by its line."""
    of: dict[UUID, UUID] = {}
    held: dict[UUID, Decimal] = defaultdict(Decimal)
    for fact in facts:
        match fact.type:
            case "StockAssigned":
                for line in fact.said.lines:
                    of[line["line"]] = fact.said.assignment_id
                    held[line["line"]] += line["qty"]
            case "StockAssignmentReleased":
                for line in fact.said.lines:
                    held[line["line"]] -= line["qty"]
            case "StockWithdrawn":
                for line in fact.said.lines:
                    held[line["assignment_line"]] -= line["qty"]
            case "CaseMovementCorrected" if fact.said.kind == "withdrawal":
                for line in fact.said.lines:
                    held[line["source"]] -= line["qty"]
    return {line: (of[line], qty) for line, qty in held.items() if qty}


def delivered(facts: Iterable[Fact], decision: UUID, item: str) -> Decimal:
    """What the beneficiary has of an item of a decision."""
    net = Decimal()
    for fact in facts:
        if getattr(fact.said, "decision_id", None) != decision:
            continue
        for line in getattr(fact.said, "lines", ()):
            if fact.type == "IncentiveDelivered" and line["item"] == item:
                net += line["qty"]
            elif fact.type == "StockReturned" and line["item"] == item and line["origin"] == "beneficiary":
                net -= line["qty"]
            elif fact.type == "CaseMovementCorrected" and line["item"] == item and fact.said.kind == "delivery":
                net += line["qty"]
    return net
