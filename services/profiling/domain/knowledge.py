"""What other services made known about a case, and its withdrawal while profiling owns it (CASE-3)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from eventsourcing.domain import Aggregate

from services.profiling.domain.refusals import ExclusionNotInForce
from services.profiling.domain.state import CaseState, Event
from shared.catalogue.refusals import FieldInvalid
from shared.catalogue.types import Act
from shared.privacy.personal import Personal


class CaseAnnounced(Event, Aggregate.Created):
    """The first news of a case; person and call are unknown (None) when other news came before the candidate's."""

    TOPIC = "profiling.CaseAnnounced"
    candidate_id: UUID | None
    call_id: UUID | None

    def apply(self, aggregate: CaseState) -> None:
        aggregate.begin(self.candidate_id, self.call_id)


class CandidateNoted(Event):
    TOPIC = "profiling.CandidateNoted"
    candidate_id: UUID
    call_id: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.candidate_id = self.candidate_id
        aggregate.call_id = self.call_id


class EligibilityNoted(Event):
    """The letter of act. 2 was sent: met or not. ``sent_on`` None: a re-check was ordered, so no letter counts."""

    TOPIC = "profiling.EligibilityNoted"
    met: bool
    sent_on: date | None

    def apply(self, aggregate: CaseState) -> None:
        aggregate.eligible = self.met
        aggregate.communicated_on = self.sent_on


class ConsentNoted(Event):
    """The person authorised the treatment of their data, or withdrew it (``given_on`` None)."""

    TOPIC = "profiling.ConsentNoted"
    given_on: date | None

    def apply(self, aggregate: CaseState) -> None:
        aggregate.consented_on = self.given_on


class IdentificationNoted(Event):
    """FO-203 got a new version."""

    TOPIC = "profiling.IdentificationNoted"
    updated_on: date

    def apply(self, aggregate: CaseState) -> None:
        aggregate.identification_on = self.updated_on


class DuplicateNoted(Event):
    """A possible duplicate was suspected, or resolved."""

    TOPIC = "profiling.DuplicateNoted"
    suspicion_id: UUID
    resolved: bool

    def apply(self, aggregate: CaseState) -> None:
        if self.resolved:
            aggregate.suspicions.discard(self.suspicion_id)
        else:
            aggregate.suspicions.add(self.suspicion_id)


class EntryNoted(Event):
    """Whether the entry criteria are complete: met or not_met (CRI-4)."""

    TOPIC = "profiling.EntryNoted"
    evaluation_id: UUID
    result: str

    def apply(self, aggregate: CaseState) -> None:
        aggregate.entry_result = self.result


class ClosureNoted(Event):
    """The case ended while another service owned its state."""

    TOPIC = "profiling.ClosureNoted"
    state: str

    def apply(self, aggregate: CaseState) -> None:
        aggregate.end(self.state, elsewhere=True)


class CaseWithdrawn(Event):
    """The person left the programme while the case was in profiling."""

    TOPIC = "profiling.CaseWithdrawn"
    reason_code: str
    reason: Personal
    withdrawn_on: date
    withdrawn_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.end("withdrawn")


class ExclusionNoted(Event):
    """An exclusion of the person with its dates; a lifted one ends on ``to_date``."""

    TOPIC = "profiling.ExclusionNoted"
    exclusion_id: UUID
    from_date: date
    to_date: date | None

    def apply(self, aggregate: CaseState) -> None:
        aggregate.exclusions[self.exclusion_id] = (self.from_date, self.to_date)


class BeneficiaryExcluded(Event):
    """The person leaves because of an exclusion in force (CASE-3)."""

    TOPIC = "profiling.BeneficiaryExcluded"
    exclusion_id: UUID
    reason: Personal
    excluded_on: date
    excluded_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.end("excluded")


class DeathRecorded(Event):
    """The person died; recorded at once (CASE-3)."""

    TOPIC = "profiling.DeathRecorded"
    died_on: date | None
    source: Personal
    file: str | None
    recorded_on: date
    recorded_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.end("deceased")


class KnowledgeActs(CaseState):
    """News from other services (idempotent: saying it again changes nothing) and the withdrawal of a case."""

    def note_candidate(self, candidate_id: UUID, call_id: UUID) -> None:
        if self.candidate_id is None:
            self.trigger_event(CandidateNoted, candidate_id=candidate_id, call_id=call_id)

    def note_eligibility(self, *, met: bool, sent_on: date | None) -> None:
        if (met, sent_on) != (self.eligible, self.communicated_on):
            self.trigger_event(EligibilityNoted, met=met, sent_on=sent_on)

    def note_consent(self, given_on: date | None) -> None:
        if given_on != self.consented_on:
            self.trigger_event(ConsentNoted, given_on=given_on)

    def note_identification(self, updated_on: date) -> None:
        if self.identification_on is None or updated_on > self.identification_on:
            self.trigger_event(IdentificationNoted, updated_on=updated_on)

    def note_duplicate(self, suspicion_id: UUID, *, resolved: bool) -> None:
        if (suspicion_id in self.suspicions) == resolved:
            self.trigger_event(DuplicateNoted, suspicion_id=suspicion_id, resolved=resolved)

    def note_entry(self, *, evaluation_id: UUID, result: str) -> None:
        if result != self.entry_result:
            self.trigger_event(EntryNoted, evaluation_id=evaluation_id, result=result)

    def note_closure(self, state: str) -> None:
        if self.state != state:
            self.trigger_event(ClosureNoted, state=state)

    def note_exclusion(self, exclusion_id: UUID, *, from_date: date, to_date: date | None) -> None:
        if self.exclusions.get(exclusion_id) != (from_date, to_date):
            self.trigger_event(ExclusionNoted, exclusion_id=exclusion_id, from_date=from_date, to_date=to_date)

    def withdraw_case(self, act: Act, *, reason_code: str, reason: Personal) -> None:
        """Leave the programme."""
        self.check_open(act)
        act.check_not_before(self.started_on)
        self.trigger_event(
            CaseWithdrawn, reason_code=reason_code, reason=reason, withdrawn_on=act.on, withdrawn_by=act.person
        )

    def exclude_beneficiary(self, act: Act, *, exclusion_id: UUID, reason: Personal) -> None:
        """Leave because of an exclusion in force. Raises `ExclusionNotInForce`."""
        self.check_open(act)
        first, last = self.exclusions.get(exclusion_id, (None, None))
        if first is None or first > act.on or (last is not None and act.on > last):
            raise ExclusionNotInForce(field="exclusion")
        self.trigger_event(
            BeneficiaryExcluded,
            exclusion_id=exclusion_id,
            reason=reason,
            excluded_on=act.on,
            excluded_by=act.person,
        )

    def record_death(self, act: Act, *, died_on: date | None, source: Personal, file: str | None) -> None:
        """Record that the person died."""
        self.check_open(act)
        if died_on is not None and died_on > act.on:
            raise FieldInvalid(field="died_on", explanation="no puede ser posterior a su registro.")
        self.trigger_event(
            DeathRecorded, died_on=died_on, source=source, file=file, recorded_on=act.on, recorded_by=act.person
        )
