"""Oversight of an operator contract: changes, obligations, monthly assessment, alerts (act. 20; OPC-1 to OPC-5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from uuid import UUID

from eventsourcing.domain import Aggregate

from services.assistance.domain.refusals import AspectMissing
from shared.catalogue.refusals import EvidenceMissing, FieldInvalid, NotFound, SeparationOfDuties, StepOutOfOrder
from shared.catalogue.types import Act
from shared.privacy.personal import Personal

if TYPE_CHECKING:
    _Base = Aggregate
else:
    # A plain class at run time: the library would turn the annotations of an aggregate into constructor arguments.
    _Base = object

ASPECTS = ("technical", "financial", "legal")
JUDGED = frozenset({"compliant", "non_compliant"})
"""Ratings that somebody may dispute, and so need evidence (OPC-3)."""
WHOLE_CONTRACT = ""
"""The policy number that stands for the contract itself among the terms that run out."""


class ContractEvent(Aggregate.Event):
    """A fact about one contract."""


class OperatorContractAmended(ContractEvent):
    """What changed; a fact that did not change is None or empty. Guarantees replace those of the same policy."""

    TOPIC = "assistance.OperatorContractAmended"
    contract_id: UUID
    reason: str
    ends_on: date | None
    value: Decimal | None
    supervisor: Personal | None
    professionals: list[UUID]
    calls_covered: list[UUID]
    guarantees: list[dict[str, Any]]
    obligations: list[dict[str, Any]]
    amended_on: date
    amended_by: UUID

    def apply(self, aggregate: ContractState) -> None:
        if self.ends_on is not None:
            aggregate.ends_on = self.ends_on
        aggregate.calls_covered = aggregate.calls_covered | frozenset(self.calls_covered)
        policies = {row["policy_no"]: row["to"] for row in self.guarantees}
        aggregate.guarantees = {**aggregate.guarantees, **policies}
        aggregate.learn_obligations(self.obligations)
        aggregate.changed_on = self.amended_on


class ObligationMet(ContractEvent):
    """An obligation was fulfilled, with what proves it."""

    TOPIC = "assistance.ObligationMet"
    contract_id: UUID
    obligation: str
    evidence: list[str]
    remarks: str | None
    met_on: date
    met_by: UUID

    def apply(self, aggregate: ContractState) -> None:
        met = replace(aggregate.obligations[self.obligation], met_on=self.met_on)
        aggregate.obligations = {**aggregate.obligations, self.obligation: met}


class OperatorComplianceAssessed(ContractEvent):
    """One aspect of the operator's month under MS-012; the last assessment of a month holds."""

    TOPIC = "assistance.OperatorComplianceAssessed"
    contract_id: UUID
    month: str
    aspect: str
    rating: str
    findings: str
    evidence: list[str]
    action: str | None
    action_due: date | None
    assessed_on: date
    assessed_by: UUID

    def apply(self, aggregate: ContractState) -> None:
        aggregate.ratings = {**aggregate.ratings, (self.month, self.aspect): self.rating}


class ContractAlertRaised(ContractEvent):
    """The contract or a guarantee ran out; a fact of the legal aspect of the month in which it did.

    ``rating`` is what the last assessment of that aspect and month said, None if it was not assessed.
    """

    TOPIC = "assistance.ContractAlertRaised"
    contract_id: UUID
    month: str
    aspect: str
    rating: str | None
    policy_no: str
    ended_on: date
    raised_on: date

    def apply(self, aggregate: ContractState) -> None:
        aggregate.alerted = aggregate.alerted | {(self.policy_no, self.ended_on)}


@dataclass(frozen=True)
class Obligation:
    """A duty of the operator, until ``met_on``."""

    aspect: str
    text: str
    due: date | None
    met_on: date | None = None


def check_not_operator(act: Act) -> None:
    """Refuse with `SeparationOfDuties` who works for an operator (SOD-5, OPC-5)."""
    if "operator_staff" in act.roles or act.contracts:
        explanation = "el personal de un operador no hace el seguimiento del operador."
        raise SeparationOfDuties(rule="SOD-5", explanation=explanation)


class ContractState(_Base):
    """What the contract knows of itself to decide."""

    starts_on = date.min
    ends_on = date.min
    changed_on = date.min
    calls_covered = frozenset[UUID]()
    guarantees: Mapping[str, date] = MappingProxyType({})
    obligations: Mapping[str, Obligation] = MappingProxyType({})
    ratings: Mapping[tuple[str, str], str] = MappingProxyType({})
    alerted = frozenset[tuple[str, date]]()

    def learn_obligations(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add the duties of ``rows``."""
        new = {row["id"]: Obligation(row["aspect"], row["text"], row.get("due")) for row in rows}
        self.obligations = {**self.obligations, **new}


class Oversight(ContractState):
    """What the supervision of the entity records."""

    def amend(self, act: Act, *, reason: str, **changes: Any) -> None:
        """Change the contract. Raises `SeparationOfDuties`, `FieldInvalid`, `DateBeforePrecondition`."""
        check_not_operator(act)
        act.check_not_before(self.changed_on)
        if not any(changes.values()):
            raise FieldInvalid(field="reason", explanation="indique al menos un cambio del contrato.")
        if changes["ends_on"] is not None and changes["ends_on"] < self.starts_on:
            raise FieldInvalid(field="ends_on", explanation="el contrato termina antes de empezar.")
        for position, row in enumerate(changes["guarantees"]):
            if row["to"] < row["from"]:
                where = f"guarantees[{position}].to"
                raise FieldInvalid(field=where, explanation="la garantía termina antes de empezar.")
        check_new_obligations(changes["obligations"], self.obligations)
        self.trigger_event(
            OperatorContractAmended,
            contract_id=self.id,
            reason=reason,
            amended_on=act.on,
            amended_by=act.person,
            **changes,
        )

    def meet_obligation(self, act: Act, *, obligation: str, evidence: list[str], remarks: str | None) -> None:
        """An obligation is fulfilled. Raises `NotFound`, `StepOutOfOrder`, `EvidenceMissing`, `SeparationOfDuties`."""
        check_not_operator(act)
        act.check_not_before(self.starts_on)
        found = self.obligations.get(obligation)
        if found is None:
            raise NotFound(what="la obligación en este contrato", field="obligation")
        if found.met_on is not None:
            raise StepOutOfOrder(field="obligation", missing=f"la obligación ya se cumplió el {found.met_on}")
        if not evidence:
            raise EvidenceMissing(field="evidence", missing="el soporte de la obligación cumplida")
        self.trigger_event(
            ObligationMet,
            contract_id=self.id,
            obligation=obligation,
            evidence=evidence,
            remarks=remarks,
            met_on=act.on,
            met_by=act.person,
        )

    def assess(self, act: Act, *, month: str, aspects: Sequence[Mapping[str, Any]]) -> None:
        """Rate all three aspects of a month (A20-2). Raises `AspectMissing`, `EvidenceMissing`, `FieldInvalid`,
        `SeparationOfDuties`."""
        check_not_operator(act)
        self._check_month(month, act.on)
        _check_aspects(aspects)
        for row in sorted(aspects, key=lambda each: ASPECTS.index(each["aspect"])):
            self.trigger_event(
                OperatorComplianceAssessed,
                contract_id=self.id,
                month=month,
                aspect=row["aspect"],
                rating=row["rating"],
                findings=row["findings"],
                evidence=row["evidence"],
                action=row["action"],
                action_due=row["action_due"],
                assessed_on=act.on,
                assessed_by=act.person,
            )

    def note_ended(self, policy_no: str, day: date) -> bool:
        """Raise the alert of a term that ended before ``day``; False if it did not, or it was raised (OPC-3)."""
        ended = self.ends_on if policy_no == WHOLE_CONTRACT else self.guarantees.get(policy_no)
        if ended is None or ended >= day or (policy_no, ended) in self.alerted:
            return False
        month = f"{ended:%Y-%m}"
        self.trigger_event(
            ContractAlertRaised,
            contract_id=self.id,
            month=month,
            aspect="legal",
            rating=self.ratings.get((month, "legal")),
            policy_no=policy_no,
            ended_on=ended,
            raised_on=day,
        )
        return True

    def _check_month(self, month: str, on: date) -> None:
        if month > f"{on:%Y-%m}":
            raise FieldInvalid(field="month", explanation="ese mes aún no empieza.")
        if not f"{self.starts_on:%Y-%m}" <= month <= f"{self.ends_on:%Y-%m}":
            explanation = f"el contrato rige del {self.starts_on} al {self.ends_on}."
            raise FieldInvalid(field="month", explanation=explanation)


def check_new_obligations(rows: Sequence[Mapping[str, Any]], known: Mapping[str, Obligation]) -> None:
    """Refuse with `FieldInvalid` an identifier that two obligations would share."""
    seen = set(known)
    for position, row in enumerate(rows):
        if row["id"] in seen:
            explanation = f"el contrato ya tiene una obligación «{row['id']}»."
            raise FieldInvalid(field=f"obligations[{position}].id", explanation=explanation)
        seen.add(row["id"])


def _check_aspects(aspects: Sequence[Mapping[str, Any]]) -> None:
    given = [row["aspect"] for row in aspects]
    missing = [aspect for aspect in ASPECTS if aspect not in given]
    if missing:
        raise AspectMissing.of(missing)
    for position, row in enumerate(aspects):
        where = f"aspects[{position}]"
        if row["aspect"] in given[:position]:
            raise FieldInvalid(field=f"{where}.aspect", explanation="el mismo aspecto figura dos veces.")
        if row["rating"] in JUDGED and not row["evidence"]:
            raise EvidenceMissing(field=f"{where}.evidence", missing="el soporte de la calificación")
        if row["rating"] == "non_compliant" and (not row["action"] or row["action_due"] is None):
            explanation = "un incumplimiento exige la acción requerida y su fecha."
            raise FieldInvalid(field=f"{where}.action", explanation=explanation)
