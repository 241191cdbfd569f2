"""What other services made known about a case, and the exit that this service handles (CASE-3)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from eventsourcing.domain import Aggregate

from services.assistance.domain.refusals import CustodyOpen, ExclusionNotInForce
from services.assistance.domain.state import CaseState, Event
from shared.catalogue.refusals import FieldInvalid
from shared.catalogue.types import Act
from shared.privacy.personal import Personal


class CaseAnnounced(Event, Aggregate.Created):
    """The first news of a case. The person is unknown (None) when the offer's news came before the candidate's."""

    TOPIC = "assistance.CaseAnnounced"
    candidate_id: UUID | None

    def apply(self, aggregate: CaseState) -> None:
        aggregate.begin(self.candidate_id)


class CandidateNoted(Event):
    TOPIC = "assistance.CandidateNoted"
    candidate_id: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.candidate_id = self.candidate_id


class CaseworkerNoted(Event):
    """Who answers for the case from now on (CASE-9)."""

    TOPIC = "assistance.CaseworkerNoted"
    caseworker: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.caseworker = self.caseworker


class AssistanceOpened(Event):
    """The person accepted the offer: act. 11 may begin (9.2)."""

    TOPIC = "assistance.AssistanceOpened"
    call_id: UUID
    service: str
    route: str
    accepted_on: date

    def apply(self, aggregate: CaseState) -> None:
        aggregate.state = "accepted"
        aggregate.call_id = self.call_id
        aggregate.service = self.service
        aggregate.route = self.route
        aggregate.accepted_on = self.accepted_on


class EntryNoted(Event):
    """Whether the entry criteria are complete: met or not_met (CRI-4)."""

    TOPIC = "assistance.EntryNoted"
    evaluation_id: UUID
    result: str

    def apply(self, aggregate: CaseState) -> None:
        aggregate.entry_result = self.result


class DuplicateNoted(Event):
    """A possible duplicate was suspected, or resolved."""

    TOPIC = "assistance.DuplicateNoted"
    suspicion_id: UUID
    resolved: bool

    def apply(self, aggregate: CaseState) -> None:
        if self.resolved:
            aggregate.suspicions.discard(self.suspicion_id)
        else:
            aggregate.suspicions.add(self.suspicion_id)


class ExclusionNoted(Event):
    """An exclusion of the person with its dates, or its lifting (``to_date`` then says until when it counted)."""

    TOPIC = "assistance.ExclusionNoted"
    exclusion_id: UUID
    from_date: date
    to_date: date | None
    lifted: bool

    def apply(self, aggregate: CaseState) -> None:
        if self.lifted:
            aggregate.exclusions.pop(self.exclusion_id, None)
        else:
            aggregate.exclusions[self.exclusion_id] = (self.from_date, self.to_date)


class ClosureNoted(Event):
    """The case ended while another service owned its state."""

    TOPIC = "assistance.ClosureNoted"
    state: str

    def apply(self, aggregate: CaseState) -> None:
        aggregate.end(self.state, elsewhere=True)


class CaseWithdrawn(Event):
    """The person left the programme while the case was in assistance."""

    TOPIC = "assistance.CaseWithdrawn"
    reason_code: str
    reason: Personal
    withdrawn_on: date
    withdrawn_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.end("withdrawn")


class BeneficiaryExcluded(Event):
    """The person leaves because of an exclusion in force (CASE-3)."""

    TOPIC = "assistance.BeneficiaryExcluded"
    exclusion_id: UUID
    reason: Personal
    excluded_on: date
    excluded_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.end("excluded")


class DeathRecorded(Event):
    """The person died; recorded at once, also with goods in custody, which is flagged (CASE-3)."""

    TOPIC = "assistance.DeathRecorded"
    died_on: date | None
    source: Personal
    file: str | None
    custody_open: bool
    recorded_on: date
    recorded_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.end("deceased")


class KnowledgeActs(CaseState):
    """News from other services (idempotent: saying it again changes nothing) and the withdrawal of a case."""

    def note_candidate(self, candidate_id: UUID) -> None:
        if self.candidate_id is None:
            self.trigger_event(CandidateNoted, candidate_id=candidate_id)

    def note_caseworker(self, person: UUID) -> None:
        """Another person answers for the case; hearing it twice changes nothing."""
        if person != self.caseworker:
            self.trigger_event(CaseworkerNoted, caseworker=person)

    def note_acceptance(self, *, call_id: UUID, service: str, route: str, accepted_on: date) -> None:
        if not self.state:
            self.trigger_event(AssistanceOpened, call_id=call_id, service=service, route=route, accepted_on=accepted_on)

    def note_entry(self, *, evaluation_id: UUID, result: str) -> None:
        if result != self.entry_result:
            self.trigger_event(EntryNoted, evaluation_id=evaluation_id, result=result)

    def note_duplicate(self, suspicion_id: UUID, *, resolved: bool) -> None:
        if (suspicion_id in self.suspicions) == resolved:
            self.trigger_event(DuplicateNoted, suspicion_id=suspicion_id, resolved=resolved)

    def note_exclusion(self, exclusion_id: UUID, *, from_date: date, to_date: date | None, lifted: bool) -> None:
        if self.exclusions.get(exclusion_id) == (None if lifted else (from_date, to_date)):
            return
        self.trigger_event(
            ExclusionNoted, exclusion_id=exclusion_id, from_date=from_date, to_date=to_date, lifted=lifted
        )

    def note_closure(self, state: str) -> None:
        """The owner of the case closed it before it came here, or merged it."""
        if self.state != state:
            self.trigger_event(ClosureNoted, state=state)

    def excluded_on(self, day: date) -> bool:
        """True if an exclusion is in force on ``day`` (both dates inclusive)."""
        return any(start <= day and (end is None or day <= end) for start, end in self.exclusions.values())

    def withdraw_case(self, act: Act, *, reason_code: str, reason: Personal) -> None:
        """Leave the programme; goods in custody go back or are delivered first. Raises `CustodyOpen`."""
        self.check_open(act)
        act.check_not_before(self.accepted_on)
        if self.custody:
            raise CustodyOpen(items=f"{len(self.custody)} lote(s) en custodia")
        self.trigger_event(
            CaseWithdrawn, reason_code=reason_code, reason=reason, withdrawn_on=act.on, withdrawn_by=act.person
        )

    def exclude_beneficiary(self, act: Act, *, exclusion_id: UUID, reason: Personal) -> None:
        """Leave because of an exclusion in force. Raises `ExclusionNotInForce`."""
        self.check_open(act)
        first, last = self.exclusions.get(exclusion_id, (None, None))
        if first is None or first > act.on or (last is not None and act.on > last):
            raise ExclusionNotInForce(field="exclusion")
        if self.custody:
            raise CustodyOpen(items=f"{len(self.custody)} lote(s) en custodia")
        self.trigger_event(
            BeneficiaryExcluded,
            exclusion_id=exclusion_id,
            reason=reason,
            excluded_on=act.on,
            excluded_by=act.person,
        )

    def record_death(self, act: Act, *, died_on: date | None, source: Personal, file: str | None) -> None:
        """Record that the person died; goods in custody do not hold it up."""
        self.check_open(act)
        if died_on is not None and died_on > act.on:
            raise FieldInvalid(field="died_on", explanation="no puede ser posterior a su registro.")
        self.trigger_event(
            DeathRecorded,
            died_on=died_on,
            source=source,
            file=file,
            custody_open=bool(self.custody),
            recorded_on=act.on,
            recorded_by=act.person,
        )
