"""Improvement actions (*acciones preventivas, correctivas y de mejora*), one register for all (IMP-1 to IMP-3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate

from services.assistance.domain.contract_oversight import check_not_operator
from services.assistance.domain.refusals import ActionClosed, JustificationRequired
from shared.catalogue.refusals import EvidenceMissing, FieldInvalid, SeparationOfDuties, StepOutOfOrder
from shared.catalogue.types import Act

Rows = list[dict[str, Any]]
OPERATOR_COMPLIANCE = "operator_compliance"


@dataclass(frozen=True)
class ActionPlan:
    """One version of the activities of an action, and why it replaced the one before."""

    version: int
    activities: Rows
    since: date
    justification: str | None = None


@dataclass(frozen=True)
class ActionFollowUp:
    """What somebody found about the action, or about one of its activities."""

    noted_on: date
    noted_by: UUID
    activity: str | None
    done: bool
    findings: str
    evidence: list[str]


class ImprovementAction(Aggregate):
    """One action, from its finding to the check of its effect.

    Each activity has ``id`` (version of the plan and number: "2.1"), ``text``, ``owner`` (a person; None when the
    operator of ``contract_id`` answers for it) and ``due``.
    """

    TOPIC = "assistance.ImprovementAction"

    class Event(Aggregate.Event):
        def apply(self, aggregate: Any) -> None: ...

    class ImprovementActionOpened(Event, Aggregate.Created):
        """``source_ref``: what the finding stands in, in words; ``cause`` is None until it is known."""

        TOPIC = "assistance.ImprovementActionOpened"
        action_id: UUID
        kind: str
        origin: str
        source_ref: str
        contract_id: UUID | None
        finding: str
        cause: str | None
        owner: UUID | None
        activities: Rows
        evidence: list[str]
        opened_on: date
        opened_by: UUID

    Created = ImprovementActionOpened

    class ImprovementActionFollowedUp(Event):
        TOPIC = "assistance.ImprovementActionFollowedUp"
        activity: str | None
        done: bool
        findings: str
        cause: str | None
        evidence: list[str]
        followed_up_on: date
        followed_up_by: UUID

        def apply(self, aggregate: ImprovementAction) -> None:
            aggregate.cause = self.cause or aggregate.cause
            aggregate.changed_on = self.followed_up_on
            if self.done and self.activity is not None:
                aggregate.done = aggregate.done | {self.activity}
            aggregate.follow_ups = [
                *aggregate.follow_ups,
                ActionFollowUp(
                    self.followed_up_on, self.followed_up_by, self.activity, self.done, self.findings, self.evidence
                ),
            ]

    class ImprovementActionReplanned(Event):
        """A full new set of activities; the earlier versions stay (IMP-3)."""

        TOPIC = "assistance.ImprovementActionReplanned"
        action_id: UUID
        kind: str
        origin: str
        plan_version: int
        activities: Rows
        justification: str
        replanned_on: date
        replanned_by: UUID

        def apply(self, aggregate: ImprovementAction) -> None:
            plan = ActionPlan(self.plan_version, self.activities, self.replanned_on, self.justification)
            aggregate.plans = [*aggregate.plans, plan]
            aggregate.changed_on = self.replanned_on

    class ImprovementActionClosed(Event):
        """Somebody who owns nothing of the action saw the evidence and whether it had its effect (IMP-2)."""

        TOPIC = "assistance.ImprovementActionClosed"
        action_id: UUID
        kind: str
        origin: str
        effective: bool
        effectiveness: str
        evidence: list[str]
        closed_on: date
        verified_by: UUID

        def apply(self, aggregate: ImprovementAction) -> None:
            aggregate.state = "closed"
            aggregate.effective, aggregate.effectiveness = self.effective, self.effectiveness
            aggregate.closed_on, aggregate.verified_by = self.closed_on, self.verified_by
            aggregate.evidence = [*aggregate.evidence, *self.evidence]

    def __init__(
        self,
        kind: str,
        origin: str,
        source_ref: str,
        contract_id: UUID | None,
        finding: str,
        cause: str | None,
        owner: UUID | None,
        activities: Rows,
        evidence: list[str],
        opened_on: date,
    ) -> None:
        self.kind = kind
        self.origin = origin
        self.source_ref = source_ref
        self.contract_id = contract_id
        self.finding = finding
        self.cause = cause
        self.owner = owner
        self.plans = [ActionPlan(1, activities, opened_on)]
        self.evidence = evidence
        self.done = frozenset[str]()
        self.follow_ups: list[ActionFollowUp] = []
        self.opened_on = self.changed_on = opened_on
        self.state = "open"
        self.effective: bool | None = None
        self.effectiveness = ""
        self.closed_on: date | None = None
        self.verified_by: UUID | None = None

    @staticmethod
    def id_of_aspect(contract_id: UUID, month: str, aspect: str, number: int) -> UUID:
        """The id of the ``number``th action on an aspect of an operator's month (OPC-4)."""
        return uuid5(contract_id, f"improvement/{month}/{aspect}/{number}")

    @classmethod
    def open(
        cls, act: Act, action_id: UUID, *, activities: Sequence[dict[str, Any]], **facts: Any
    ) -> ImprovementAction:
        """Open an action. Raises `FieldInvalid`; `SeparationOfDuties` for staff of an operator (SOD-5, OPC-5)."""
        check_not_operator(act)
        if facts["origin"] == OPERATOR_COMPLIANCE and facts["contract_id"] is None:
            raise FieldInvalid(field="contract", explanation="indique el contrato del operador evaluado.")
        return cls._create(
            event_class=cls.ImprovementActionOpened,
            id=action_id,
            action_id=action_id,
            activities=_numbered(activities, 1, act.on),
            opened_on=act.on,
            opened_by=act.person,
            **facts,
        )

    @property
    def activities(self) -> Rows:
        """The activities of the plan in force."""
        return self.plans[-1].activities

    @property
    def pending(self) -> list[str]:
        """Ids of the activities in force that nobody reported as done."""
        return [row["id"] for row in self.activities if row["id"] not in self.done]

    @property
    def owners(self) -> set[UUID]:
        """Who owns the action or an activity of any version of its plan."""
        found = {row["owner"] for plan in self.plans for row in plan.activities} | {self.owner}
        return {one for one in found if one is not None}

    def follow_up(
        self, act: Act, *, activity: str | None, done: bool, findings: str, cause: str | None, evidence: list[str]
    ) -> None:
        """Record how the action goes. Raises `FieldInvalid` for an activity that is not in force."""
        self._check(act)
        if activity is not None and activity not in {row["id"] for row in self.activities}:
            listed = ", ".join(row["id"] for row in self.activities)
            raise FieldInvalid(field="activity", explanation=f"las actividades vigentes son {listed}.")
        if done and activity is None:
            raise FieldInvalid(field="activity", explanation="indique cuál actividad quedó cumplida.")
        self.trigger_event(
            self.ImprovementActionFollowedUp,
            activity=activity,
            done=done,
            findings=findings,
            cause=cause,
            evidence=evidence,
            followed_up_on=act.on,
            followed_up_by=act.person,
        )

    def replan(self, act: Act, *, justification: str | None, activities: Sequence[dict[str, Any]]) -> None:
        """Replace the activities as a whole. Raises `JustificationRequired` (IMP-3)."""
        self._check(act)
        if not justification:
            raise JustificationRequired(field="justification")
        version = len(self.plans) + 1
        self.trigger_event(
            self.ImprovementActionReplanned,
            **self._named(),
            plan_version=version,
            activities=_numbered(activities, version, act.on),
            justification=justification,
            replanned_on=act.on,
            replanned_by=act.person,
        )

    def close(self, act: Act, *, effective: bool, effectiveness: str, evidence: list[str]) -> None:
        """Close the action. Raises `SeparationOfDuties`, `EvidenceMissing` (IMP-2), `StepOutOfOrder`."""
        self._check(act)
        if act.person in self.owners:
            explanation = "quien responde por la acción o por una de sus actividades no verifica su cierre."
            raise SeparationOfDuties(rule="IMP-2", explanation=explanation)
        if not evidence:
            raise EvidenceMissing(field="evidence", missing="el soporte del cumplimiento de la acción")
        if self.pending:
            raise StepOutOfOrder(missing=f"cumplir o replantear las actividades {', '.join(self.pending)}")
        self.trigger_event(
            self.ImprovementActionClosed,
            **self._named(),
            effective=effective,
            effectiveness=effectiveness,
            evidence=evidence,
            closed_on=act.on,
            verified_by=act.person,
        )

    def _check(self, act: Act) -> None:
        check_not_operator(act)
        if self.state == "closed":
            raise ActionClosed()
        act.check_not_before(self.changed_on)

    def _named(self) -> dict[str, Any]:
        return {"action_id": self.id, "kind": self.kind, "origin": self.origin}


def _numbered(activities: Sequence[dict[str, Any]], version: int, on: date) -> Rows:
    for position, row in enumerate(activities):
        if row["due"] < on:
            where = f"activities[{position}].due"
            raise FieldInvalid(field=where, explanation="la fecha límite no puede ser anterior al registro del plan.")
    return [{**row, "id": f"{version}.{number}"} for number, row in enumerate(activities, start=1)]
