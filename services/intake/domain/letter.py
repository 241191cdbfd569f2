"""Queries in public systems and the letter FO-068 that tells the citizen the result (CRI-2, A02-2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from services.intake.domain.case_state import ELIGIBLE, NOT_ELIGIBLE, CaseState, Check, Evaluation, Event
from services.intake.domain.refusals import CheckTooOld, CriterionPending, SourceNotInCatalogue
from services.intake.domain.verdicts import pending
from shared.catalogue.refusals import DateInFuture, EvidenceMissing, StepOutOfOrder
from shared.catalogue.types import Act

FO_068 = "FO-068"


class ExternalCheckRecorded(Event):
    """A public, free-access information system was queried (CRI-2)."""

    TOPIC = "intake.ExternalCheckRecorded"
    check_id: UUID
    source: str
    criteria: list[str]
    queried_on: date
    result: str
    file: str
    recorded_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        check = Check(self.check_id, self.source, tuple(self.criteria), self.queried_on, self.result, self.file)
        aggregate.checks = [*aggregate.checks, check]


class EligibilityCommunicated(Event):
    """The citizen was told met or not met by FO-068; the letter is the file ``file_id`` with that SHA-256."""

    TOPIC = "intake.EligibilityCommunicated"
    evaluation_id: UUID
    criteria_set_version: str
    result: str
    sent_on: date
    form_instance_id: UUID
    form_version: str
    number: str
    channel: str
    form: dict[str, Any]
    file_id: str
    file_hash: str
    delivery_proof: str | None
    communicated_by: UUID
    changes_state: bool

    def apply(self, aggregate: CaseState) -> None:
        if self.changes_state:
            aggregate.state = ELIGIBLE if self.result == "met" else NOT_ELIGIBLE
        aggregate.communicated_on = self.sent_on
        aggregate.recheck_open = False
        if aggregate.evaluation is not None:
            aggregate.evaluation = replace(aggregate.evaluation, communicated=True)


class LetterActs(CaseState):
    """Gathering the evidence of act. 2 and telling its result."""

    def record_check(
        self,
        act: Act,
        *,
        check_id: UUID,
        source: str,
        sources: Mapping[str, tuple[str, ...]],
        queried_on: date,
        result: str,
        file: str | None,
        validity_days: int,
    ) -> None:
        """Note a query of a source of the catalogue; ``sources`` maps each code to the criteria it evidences.

        Raises `SourceNotInCatalogue`, `CheckTooOld` (P-33 in days), `EvidenceMissing`, `DateInFuture`.
        """
        act.check_state(self.state)
        if source not in sources:
            raise SourceNotInCatalogue(field="source", source=source)
        if queried_on > act.on:
            raise DateInFuture(field="queried_on", date=queried_on.isoformat())
        _check_age(source, queried_on, act.on, validity_days)
        if file is None:
            raise EvidenceMissing(field="file", missing="el documento de la consulta")
        self.trigger_event(
            ExternalCheckRecorded,
            check_id=check_id,
            source=source,
            criteria=list(sources[source]),
            queried_on=queried_on,
            result=result,
            file=file,
            recorded_by=act.person,
        )

    def check_communicable(
        self, act: Act, *, evidenced: Iterable[str], pre: Iterable[str], validity_days: int, minutes_missing: bool
    ) -> Evaluation:
        """The evaluation that may now be told to the citizen.

        ``evidenced``: the criteria whose check the criteria version asks for. Raises `StepOutOfOrder` without a fresh
        evaluation, `CriterionPending`, `EvidenceMissing`, `CheckTooOld`, and state errors.
        """
        if not self.recheck_open or act.procedure.is_final(self.state):
            act.check_state(self.state)
        evaluation = self.evaluation
        if evaluation is None or evaluation.communicated:
            raise StepOutOfOrder(missing="evaluar los criterios de entrada (actividad 2)")
        act.check_not_before(evaluation.evaluated_on)
        outcomes = {code: kept["outcome"] for code, kept in (evaluation.outcomes.value or {}).items()}
        if evaluation.result == "incomplete":
            raise CriterionPending(criteria=", ".join(pending(outcomes, pre)))
        if minutes_missing:
            raise EvidenceMissing(missing="el acta FO-051 de la lista importada")
        for code in evidenced:
            self._check_evidence(code, outcomes.get(code), evaluation.as_of, validity_days)
        return evaluation

    def communicate(
        self,
        act: Act,
        *,
        form_instance_id: UUID,
        form_version: str,
        number: str,
        channel: str,
        sent_on: date,
        form: dict[str, Any],
        file_id: str,
        file_hash: str,
        delivery_proof: str | None,
        changes_state: bool,
    ) -> None:
        """Record that the letter went out; the result decides the state (A02-2). Call `check_communicable` before."""
        evaluation = self.evaluation
        assert evaluation is not None
        self.trigger_event(
            EligibilityCommunicated,
            evaluation_id=evaluation.evaluation_id,
            criteria_set_version=evaluation.version,
            result=evaluation.result,
            sent_on=sent_on,
            form_instance_id=form_instance_id,
            form_version=form_version,
            number=number,
            channel=channel,
            form=form,
            file_id=file_id,
            file_hash=file_hash,
            delivery_proof=delivery_proof,
            communicated_by=act.person,
            changes_state=changes_state,
        )

    def _check_evidence(self, code: str, outcome: str | None, as_of: date, validity_days: int) -> None:
        checks = [check for check in self.checks if code in check.criteria]
        if not checks:
            raise EvidenceMissing(missing=f"la consulta en fuente pública que exige el criterio {code}")
        latest = max(checks, key=lambda check: check.queried_on)
        _check_age(latest.source, latest.queried_on, as_of, validity_days)
        if latest.result == "unfavourable" and outcome == "met":
            raise EvidenceMissing(
                missing=f"la consulta de {code} es desfavorable y el criterio figura cumplido; actualice el FO-203 "
                "y evalúe de nuevo"
            )


def _check_age(source: str, queried_on: date, on: date, validity_days: int) -> None:
    if on - queried_on > timedelta(days=validity_days):
        raise CheckTooOld(field="queried_on", source=source, queried_on=queried_on.isoformat(), days=validity_days)
