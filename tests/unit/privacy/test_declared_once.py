"""What looks personal is declared so, once, where it enters; or it stands here with the reason why it is not.

The declaration (design 3) drives everything else: sealing, masking, erasure and what may be published. A field that
nobody declared would be stored in the clear, and no erasure would reach it.
"""

from __future__ import annotations

import fnmatch
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import sqlalchemy as sa

from shared.catalogue.catalogue import Catalogue
from shared.catalogue.fields import Field
from tests.golden import samples

WORDS = (
    "name|names|surname|surnames|nombre|nombres|apellido|apellidos|signer|witness|testigo|attendee|attendees"
    "|asistente|asistentes|doc_no|doc_type|document_no|document_number|documento|cedula|identidad|phone|phones"
    "|mobile|telefono|telefonos|celular|address|addresses|direccion|domicilio|e_mail|email|correo|birth"
    "|nacimiento|age|edad|health|salud|disability|discapacidad|illness|enfermedad|pregnant|photo|photos|foto"
    "|fotos|picture|signature|signatures|sign|signed_by|firma|firmas|fingerprint|huella|gender|sex|sexo|genero"
    "|ethnic|etnia|income|ingreso|ingresos|location|gps|ubicacion|login|relatives|relative|parientes|victim"
    "|victima|remarks|observaciones|reason|motivo|responses|respuestas"
)
"""What a name or a label of something about a person is made of, in Spanish and in English."""
_LOOKS = re.compile(rf"(?:^|_)(?:{WORDS})(?:_|$)")

NOT_PERSONAL = {
    # Fields of commands and forms.
    "*.LoadCatalogueDraft/reason": "why a version holds from before its publication: it is about the catalogue",
    "*.ApproveCatalogueVersion/reason": "about a version of the catalogue",
    "*.WithdrawCatalogueVersion/reason": "about a version of the catalogue",
    "*.MigrateCase/reason": "why a case changes to another version of the procedure, said for many cases alike",
    "*.AttachDocument/number": "the number of a paper, not of a person's document",
    "*/reason_code": "a code of a list; what is said in words stands beside it and is personal",
    "intake.OpenCall/name": "the name of a call",
    "intake.CloseCall/reason": "why a call closes",
    "intake.RecordExternalCheck/file": "a stored file, sealed as every file is",
    "profiling.IssueReferral/document": "which kind of letter goes out: a code",
    "profiling.ApplyInstrument/responses": "a list; each of its answers is declared",
    "assistance.RecordCommercialScenario/name": "the name of a fair or a market",
    "assistance.AmendContract/reason": "the act that amends the contract of an operator, a legal person",
    "assistance.MeetObligation/remarks": "about an obligation of an operator, a legal person",
    "assistance.OpenImprovementAction/source_ref": "the audit or complaint that an action answers to: a reference",
    "assistance.RecordTrainingHours/attendees": "a list; what it says of each is declared",
    "inventory.RegisterWarehouse/*": "a warehouse of the entity",
    "inventory.RegisterItem/name": "the name of goods",
    "gateway.DisableAccount/reason": "about an account of staff: must stay readable when they have left (ROL-04)",
    "gateway.EndInstitutionalLogin/reason": "about an account of staff (ROL-04)",
    "gateway.EndRole/reason": "about a grant of staff (ROL-04)",
    "gateway.IssueServiceToken/system": "the name of a program",
    "gateway.RevokeServiceToken/reason": "about a program",
    "gateway.RegisterWebhook/url": "the address of a program",
    "gateway.RotateWebhookSecret/overlap_hours": "how long a signature of a program counts",
    "gateway.RemoveWebhook/reason": "about a program",
    "FO-051/attendees": "a list; what it says of each is declared",
    "FO-078/attendees": "a list; what it says of each is declared",
    "FO-423/answers": "a list; what it says of each is declared",
    "FO-068/criteria/name": "the name of a criterion",
    "FO-071/*": "which document was lent or changed, and which activities: about papers of the entity",
    "FO-110/receipt/delivery_note": "the number of a supplier's paper",
    "FO-128/purpose": "why goods move: a code",
    "FO-203/version_reason": "why the form is filed again: a code",
    "FO-419/indicators/name": "the name of an indicator",
    "FRM-16/indicators/name": "the name of an indicator",
    "FO-780/product_name": "the name of a product",
    "FO-780/materials/name": "the name of a material",
    "FRM-12/signed_on": "the day of a signature",
    "FRM-13/forms/instance": "which signed form is handed over: a reference",
    "*.VoidForm/document": "which document is voided: a reference",
    "assistance.RecordUnitVisit/location_consent": "whether the place may be noted: yes or no",
    "inventory.ProposeCorrection/lines/line": "which line of a document is corrected: a reference",
    # Facts of events.
    "*.CatalogueDraftLoaded.reason": "about a version of the catalogue",
    "*.CatalogueVersionPublished.reason": "about a version of the catalogue",
    "*.CatalogueVersionWithdrawn.reason": "about a version of the catalogue",
    "*.CaseMigrated.reason": "said for many cases alike",
    "*.reason_code": "a code of a list",
    "*.RecordCorrected.field_names": "names of fields, without what they hold",
    "assistance.ObligationMet.remarks": "about an operator",
    "assistance.OperatorContractAmended.reason": "about an operator",
    "assistance.TalkHeld.attendees": "a count",
    "assistance.WorkProgramme*.signature": "a row of the form of a signature, whose facts are each sealed",
    "inventory.Stock*_signature": "a row of the form of a signature, whose facts are each sealed",
    "gateway.AccountDisabled.reason": "about an account of staff (ROL-04)",
    "gateway.InstitutionalLoginEnded.reason": "about an account of staff (ROL-04)",
    "gateway.RoleEnded.reason": "about a grant of staff (ROL-04)",
    "gateway.ServiceTokenRevoked.reason": "about a program",
    "gateway.WebhookRemoved.reason": "about a program",
    "intake.BasicIdentification*.version_reason": "a code",
    "intake.CallClosed.reason": "why a call closes",
    "intake.CallOpened.name": "the name of a call",
    "intake.*.file_name": "the name of a list of many people",
    "inventory.Item*.name": "the name of goods",
    "inventory.WarehouseRegistered.name": "a warehouse of the entity",
    "profiling.ReferralIssued.document_no": "the number of a letter",
    # Columns of read models and of the gateway's tables.
    "*call_lists.file_name": "the name of a list of many people",
    "*imports.file_name": "the name of a list of many people",
    "*calls.name": "the name of a call",
    "inventory.inventory_*.name": "goods, and warehouses of the entity",
    "*catalogue_versions.reason": "about a version of the catalogue",
    "*access_log.login_index": "a keyed fingerprint",
    "*webhook_leases.name": "the name of a process",
}
"""Where it stands, and why it is nobody's personal value."""


@cache
def catalogue() -> Catalogue:
    return Catalogue.load()


def looks_personal(*texts: str) -> bool:
    return any(_LOOKS.search(_plain(text)) for text in texts)


def _plain(text: str) -> str:
    letters = (each for each in unicodedata.normalize("NFD", text) if not unicodedata.combining(each))
    return re.sub(r"[^a-z0-9]+", "_", "".join(letters).lower())


def undeclared(field: Field, path: str) -> Iterator[str]:
    """The fields within ``field`` that look personal and are not inside of anything declared."""
    here = f"{path}/{field.name}"
    if field.personal is not None:
        return
    if looks_personal(field.name, field.label):
        yield here
    for inner in (*field.fields, *((field.item,) if field.item is not None else ())):
        yield from undeclared(inner, here)


def of_commands_and_forms() -> set[str]:
    found: set[str] = set()
    for command in catalogue().commands():
        for field in command.fields:
            found.update(undeclared(field, f"{command.service}.{command.command}"))
    for artefact in catalogue().artefacts():
        if artefact.kind == "form":
            for field in catalogue().form(artefact.code, artefact.effective_from).fields:
                found.update(undeclared(field, artefact.code))
    return found


def of_events() -> set[str]:
    found: set[str] = set()
    for topic, cls in samples.event_classes().items():
        hints = samples.hints_of(cls)
        names = samples.fields_of(cls) or ()
        found.update(f"{topic}.{name}" for name in names if looks_personal(name) and "Personal" not in str(hints[name]))
    return found


def of_tables() -> set[str]:
    import services.assistance.views as assistance
    import services.gateway.tables as gateway
    import services.profiling.views as profiling
    import services.reporting.views as reporting
    from services.intake.views.tables import metadata as intake
    from services.inventory.application import InventoryApplication

    every: dict[str, sa.MetaData] = {
        "intake": intake,
        "profiling": profiling.VIEWS.metadata,
        "assistance": assistance.VIEWS.metadata,
        "inventory": InventoryApplication.views.metadata,
        "reporting": reporting.VIEWS.metadata,
        "gateway": next(value for value in vars(gateway).values() if isinstance(value, sa.MetaData)),
    }
    return {
        f"{service}.{table.name}.{column.name}"
        for service, metadata in every.items()
        for table in metadata.sorted_tables
        for column in table.columns
        if looks_personal(column.name) and isinstance(column.type, (sa.Text, sa.String, sa.JSON, sa.Date, sa.Integer))
    }


PLACES: dict[str, Any] = {
    "commands and forms": of_commands_and_forms,
    "events": of_events,
    "tables": of_tables,
}


def is_explained(place: str) -> bool:
    return any(fnmatch.fnmatchcase(place, pattern) for pattern in NOT_PERSONAL)


@pytest.mark.parametrize("where", PLACES)
def test_what_looks_personal_is_declared_or_explained(where: str) -> None:
    """Declare its class (``class:`` in the catalogue, `Personal` in an event), or say in NOT_PERSONAL why not."""
    assert sorted(place for place in PLACES[where]() if not is_explained(place)) == []


def test_no_explanation_outlives_what_it_explains() -> None:
    found = set().union(*(of() for of in PLACES.values()))
    assert [pattern for pattern in NOT_PERSONAL if not fnmatch.filter(found, pattern)] == []


@pytest.mark.parametrize(
    ("name", "label", "looks"),
    [
        ("mother", "Nombre de la madre", True),
        ("mobile", "Contacto", True),
        ("birth_date", "Fecha", True),
        ("condition", "Condición de salud", True),
        ("signature", "Soporte", True),
        ("qty", "Cantidad", False),
        ("named_lot", "Lote", False),
    ],
)
def test_the_search_knows_both_languages(name: str, label: str, looks: bool) -> None:
    assert looks_personal(name, label) is looks
