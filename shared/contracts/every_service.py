"""Events that several services have: side exits, forms, corrections, key destruction, catalogue versions."""

from __future__ import annotations

from collections.abc import Iterator

from shared.contracts.events import Contract, Service
from shared.contracts.published import Code, Day, Id, Several

DATA_CLASS = Code(example="i", about="data class of the destroyed key")


def case_owner(service: Service) -> Iterator[Contract]:
    """Side exits and re-opening: the service that owns the case's state has them (CASE-3)."""
    yield service.event("CaseWithdrawn", (), "S", reason_code=Code(example="beneficiary_will"))
    yield service.event("BeneficiaryExcluded", (), "S", exclusion_id=Id())
    yield service.event("DeathRecorded", (), "S")
    yield service.event("CaseReopened", (), "S")
    yield from service.kept_inside("CaseReopenRequested", "CaseMigrated", "MigrationNoted")


def every_service(service: Service) -> Iterator[Contract]:
    """Forms, documents, corrections, catalogue versions and the answer to a key's destruction."""
    form = {
        "form_instance_id": Id(),
        "code": Code(example="FO-781"),
        "version": Code(),
        "number": Code(optional=True, example="2026-000123"),
        "hash": Code(example="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
    }
    yield service.event("FormFiled", (), "S", **form)
    yield service.event("FormVoided", (), "S", **form)
    yield service.event(
        "DocumentAttached",
        (),
        "S",
        document_id=Id(),
        **{k: form[k] for k in form if k != "form_instance_id"},
    )
    yield service.event(
        "RecordCorrected",
        (),
        "S",
        corrected_event_id=Code(example="assistance:42"),
        field_names=Several(Code(example="visited_on")),
    )
    yield service.event("KeyDestructionExecuted", (), "S", subject_key_id=Id(), data_class=DATA_CLASS)
    yield service.event(
        "CatalogueVersionPublished",
        (),
        "I",
        kind=Code(example="criteria_set"),
        code=Code(example="DE-017"),
        version=Code(example="1"),
        effective_from=Day(),
        hash=Code(example="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
    )
    yield from service.kept_inside("CatalogueDraftLoaded", "CatalogueVersionApproved", "CatalogueVersionWithdrawn")
    yield from service.kept_inside("CatalogueCopyTaken", "CatalogueCopyDropped")
