"""Identification of a candidate, its sources, and its basic identification FO-203 (PR-156 act. 1)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from eventsourcing.domain import Aggregate

from services.intake.domain.case_state import IDENTIFIED, CaseState, Event
from services.intake.domain.facts import Facts, merged
from services.intake.domain.refusals import SourceRequired
from shared.catalogue.refusals import ConsentMissing, FieldInvalid, StateNotAllowed
from shared.catalogue.types import Act
from shared.privacy.personal import Personal

if TYPE_CHECKING:
    from services.intake.domain.cases import Case

SOURCES = ("field_day", "hemi", "requests_pr029")
FO_203 = "FO-203"


class CandidateIdentified(Event, Aggregate.Created):
    """A person was identified as a possible candidate of a call.

    ``source_kind`` is request or database within requests_pr029. For an imported row ``import_id`` and ``row`` name
    it, ``source_ref`` is file hash and ``fila_origen`` (A01-2), and ``list_no`` the list that the file is. ``ground``
    is the legal ground of X-12.
    """

    TOPIC = "intake.CandidateIdentified"
    candidate_id: UUID
    call_id: UUID
    source: str
    source_kind: str | None
    source_ref: Personal
    hemi_ref: Personal | None
    hemi_classification: Personal | None
    identified_on: date
    ground: str
    identity: Personal
    responsible: UUID
    import_id: UUID | None
    row: int | None
    list_no: int | None

    def apply(self, aggregate: CaseState) -> None:
        aggregate.begin()
        aggregate.candidate_id = self.candidate_id
        aggregate.call_id = self.call_id
        aggregate.state = IDENTIFIED
        aggregate.identified_on = self.identified_on
        aggregate.responsible = self.responsible
        aggregate.sources = [(self.source, self.call_id, self.identified_on)]
        aggregate.grounds = [self.ground]
        aggregate.facts = {"i": self.identity}


class CandidateSourceAdded(Event):
    """Another identification of the same person; the facts of the first entry stand (A01-3)."""

    TOPIC = "intake.CandidateSourceAdded"
    candidate_id: UUID
    call_id: UUID
    source: str
    source_kind: str | None
    source_ref: Personal
    identified_on: date
    import_id: UUID | None
    row: int | None

    def apply(self, aggregate: CaseState) -> None:
        aggregate.sources = [*aggregate.sources, (self.source, self.call_id, self.identified_on)]


class BasicIdentificationRecorded(Event):
    """FO-203 was filed for the first time. ``facts`` by data class."""

    TOPIC = "intake.BasicIdentificationRecorded"
    form_instance_id: UUID
    form_version: str
    version_reason: str
    facts: dict[str, Personal]
    recorded_on: date
    recorded_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.facts = merged(aggregate.facts, self.facts)
        aggregate.identification_versions += 1
        aggregate.identified_basically_on = self.recorded_on


class BasicIdentificationUpdated(BasicIdentificationRecorded):
    """A new version of FO-203 was filed; it may say that nothing changed."""

    TOPIC = "intake.BasicIdentificationUpdated"


class CaseworkerAssigned(Event):
    """Another caseworker answers for the case (CASE-9)."""

    TOPIC = "intake.CaseworkerAssigned"
    actor_id: UUID
    reason: Personal

    def apply(self, aggregate: CaseState) -> None:
        aggregate.responsible = self.actor_id


class IdentificationActs(CaseState):
    """What may happen in act. 1."""

    @classmethod
    def identify(
        cls,
        act: Act,
        *,
        candidate_id: UUID,
        call_id: UUID,
        source: str | None,
        source_kind: str | None,
        source_ref: Personal | None,
        identified_on: date,
        ground: str,
        identity: Personal,
        hemi_ref: Personal | None = None,
        hemi_classification: Personal | None = None,
        import_id: UUID | None = None,
        row: int | None = None,
        list_no: int | None = None,
        case_id: UUID | None = None,
    ) -> Case:
        """A new case. Raises `SourceRequired` without source or reference (A01-2)."""
        source, source_ref = check_source(source, source_ref, hemi_ref)
        created: Case = cls._create(
            event_class=CandidateIdentified,
            id=case_id or uuid4(),
            candidate_id=candidate_id,
            call_id=call_id,
            source=source,
            source_kind=source_kind,
            source_ref=source_ref,
            hemi_ref=hemi_ref,
            hemi_classification=hemi_classification,
            identified_on=identified_on,
            ground=ground,
            identity=identity,
            responsible=act.person,
            import_id=import_id,
            row=row,
            list_no=list_no,
        )  # type: ignore[assignment]
        return created

    def add_source(
        self,
        *,
        call_id: UUID,
        source: str | None,
        source_kind: str | None,
        source_ref: Personal | None,
        identified_on: date,
        hemi_ref: Personal | None = None,
        import_id: UUID | None = None,
        row: int | None = None,
    ) -> None:
        """Note another identification of the same person (A01-3, OBJ-1)."""
        source, source_ref = check_source(source, source_ref, hemi_ref)
        self.trigger_event(
            CandidateSourceAdded,
            candidate_id=self.candidate_id,
            call_id=call_id,
            source=source,
            source_kind=source_kind,
            source_ref=source_ref,
            identified_on=identified_on,
            import_id=import_id,
            row=row,
        )

    def record_basic_identification(
        self, act: Act, *, form_version: str, version_reason: str, facts: Facts, form_instance_id: UUID
    ) -> None:
        """File the first FO-203. Its document must be the one under which the person was identified."""
        act.check_state(self.state)
        if self.identification_versions:
            raise StateNotAllowed(
                command=act.procedure.label(act.command),
                state="con FO-203 registrado",
                allowed=act.procedure.label("UpdateBasicIdentification"),
                lawful=("UpdateBasicIdentification",),
            )
        self._file(act, BasicIdentificationRecorded, form_version, version_reason, facts, form_instance_id)

    def take_over_identification(self, act: Act, *, form_version: str, facts: Facts, form_instance_id: UUID) -> None:
        """File the first FO-203 from the facts of an imported row, in the transaction that identifies."""
        self._file(act, BasicIdentificationRecorded, form_version, "new", facts, form_instance_id)

    def update_basic_identification(
        self, act: Act, *, form_version: str, version_reason: str, facts: Facts, form_instance_id: UUID
    ) -> None:
        """File a further version of FO-203; what it does not say stays as known."""
        act.check_state(self.state)
        self._file(act, BasicIdentificationUpdated, form_version, version_reason, facts, form_instance_id)

    def assign_caseworker(self, act: Act, *, caseworker: UUID, reason: Personal) -> None:
        """Make another person responsible for the case."""
        act.check_state(self.state)
        self.trigger_event(CaseworkerAssigned, actor_id=caseworker, reason=reason)

    def _file(
        self,
        act: Act,
        event_class: type[BasicIdentificationRecorded],
        form_version: str,
        version_reason: str,
        facts: Facts,
        form_instance_id: UUID,
    ) -> None:
        if not self.has_ground:
            raise ConsentMissing(missing="el fundamento legal para tratar los datos")
        known, given = self.facts["i"].value or {}, (facts["i"].value if "i" in facts else None) or {}
        for name in ("doc_type", "doc_no"):
            # Another document is another person or a mistyped one; both are a coordinator's matter, not a form's.
            if known and name in given and given[name] != known[name]:
                raise FieldInvalid(
                    field=f"form.{name}", explanation="el documento no es el de la identificación del candidato."
                )
        self.trigger_event(
            event_class,
            form_instance_id=form_instance_id,
            form_version=form_version,
            version_reason=version_reason,
            facts=facts,
            recorded_on=act.on,
            recorded_by=act.person,
        )


def check_source(source: str | None, source_ref: Personal | None, hemi_ref: Personal | None) -> tuple[str, Personal]:
    """Source and reference of an identification. Raises `SourceRequired` if one is missing (A01-2)."""
    reference = source_ref or (hemi_ref if source == "hemi" else None)
    if source not in SOURCES or reference is None or not reference.value:
        raise SourceRequired(field="source" if source not in SOURCES else "source_ref")
    return source, reference
