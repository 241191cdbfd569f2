"""What must hold between the catalogue's files: no dangling reference, no gap under a running procedure (CAT-03)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from shared.catalogue.commands import SERVICES, CommandDefinition
from shared.catalogue.contents import Contents
from shared.catalogue.errors import CatalogueError
from shared.catalogue.fields import Field
from shared.catalogue.procedures import Activity, ProcedureVersion
from shared.catalogue.roles import PURPOSES

DOCUMENTS = "document"
"""The code list that registers every document of a procedure, whether or not its layout is known."""


def check(contents: Contents) -> None:
    """Raise the first `CatalogueError` between files."""
    for command in contents.commands:
        _check_command(contents, command)
    for form in contents.forms:
        place = form.artefact.file
        if form.service not in (*SERVICES, "shared"):
            raise _dangling(place, "service", f"no hay un servicio {form.service}")
        if form.code not in _documents(contents):
            raise _dangling(place, "code", f"{form.code} no está en el registro de documentos")
        _check_fields(contents, form.fields, place, "fields")
    for version in contents.instruments:
        for role in version.instrument.applied_by:
            if role not in contents.roles:
                raise _dangling(version.artefact.file, "applied_by", f"no hay un rol {role}")
    _check_codes(contents, PURPOSES, (role.purpose for role in contents.roles.values()), "roles.yaml", "roles")
    check_programmes(contents)
    for procedure in contents.procedures:
        for activity in procedure.activities:
            _check_activity(contents, procedure, activity)
        _check_gaps(contents, procedure)


def check_programmes(contents: Contents) -> None:
    """What a programme, its routes, its model and its documents name is there."""
    known = contents.by_kind()
    for programme in contents.programmes:
        file = programme.artefact.file
        for kind, codes in (
            ("procedures", programme.procedures),
            ("criteria", (programme.criteria,)),
            ("routes", programme.routes),
            ("component_sets", (programme.component_set,)),
            ("documents", programme.documents),
        ):
            for code in codes:
                if code not in known[kind]:
                    raise _dangling(file, kind, f"no hay {code}")
    for route in contents.routes:
        if route.threshold not in contents.parameters:
            raise _dangling(route.artefact.file, "threshold", f"no hay un parámetro {route.threshold}")
    for model in contents.component_sets:
        for name, used in (("component", model.components), ("component_item", model.component_of)):
            _check_codes(contents, name, used, model.artefact.file, "components")
        _check_codes(contents, "phase", model.phases.values(), model.artefact.file, "components")
    for document in contents.documents:
        file = document.artefact.file
        if document.service not in SERVICES:
            raise _dangling(file, "service", f"no hay un servicio {document.service}")
        if document.artefact.code not in _documents(contents):
            raise _dangling(file, "code", f"{document.artefact.code} no está en el registro de documentos")
        for aspect, codes in document.obligations.items():
            _check_codes(contents, "obligation", codes, file, f"obligations.{aspect}")


def _check_codes(contents: Contents, name: str, codes: Iterable[str], file: str, place: str) -> None:
    listed = {code for each in contents.lists if each.code == name for code in each.codes}
    for code in codes:
        if code not in listed:
            raise _dangling(file, place, f"{code} no está en la lista {name}")


def _dangling(file: str, place: str, problem: str) -> CatalogueError:
    return CatalogueError("CATALOGUE_REFERENCE", file, place, problem)


def _documents(contents: Contents) -> frozenset[str]:
    return frozenset(code for each in contents.lists if each.code == DOCUMENTS for code in each.codes)


def _check_command(contents: Contents, command: CommandDefinition) -> None:
    for role in command.roles:
        if role not in contents.roles:
            raise _dangling(command.file, f"{command.place}.roles", f"no hay un rol {role}")
    if command.form is not None and command.form not in contents.forms:
        raise _dangling(command.file, f"{command.place}.form", f"no hay un formato {command.form}")
    activities = {each.number for procedure in contents.procedures for each in procedure.activities}
    if command.activity and command.activity not in activities:
        raise _dangling(command.file, f"{command.place}.activity", f"no hay una actividad {command.activity}")
    _check_fields(contents, command.fields, command.file, f"{command.place}.fields")


def _walk(fields: Iterable[Field]) -> Iterator[Field]:
    for each in fields:
        yield from each.walk()


def _check_fields(contents: Contents, fields: Iterable[Field], file: str, place: str) -> None:
    for each in _walk(fields):
        if each.code_list is not None and each.code_list not in contents.lists:
            raise _dangling(file, f"{place}.{each.name}", f"no hay una lista de códigos {each.code_list}")


def _check_activity(contents: Contents, procedure: ProcedureVersion, activity: Activity) -> None:
    place = f"activities[{activity.number}]"
    for role in activity.roles:
        if role not in contents.roles:
            raise _dangling(procedure.artefact.file, f"{place}.roles", f"no hay un rol {role}")
    for record in activity.records:
        if record not in _documents(contents):
            raise _dangling(procedure.artefact.file, f"{place}.records", f"{record} no está en el registro")


def _check_gaps(contents: Contents, procedure: ProcedureVersion) -> None:
    """Every code that the procedure needs must be effective on every day that the procedure is."""
    own = procedure.artefact
    kinds = contents.by_kind()
    needs = {kind: list(codes) for kind, codes in procedure.needs.items()}
    needs.setdefault("forms", []).extend(each.form for each in contents.commands if each.form)
    needs.setdefault("lists", []).extend(
        each.code_list for command in contents.commands for each in _walk(command.fields) if each.code_list
    )
    for kind, codes in needs.items():
        if kind not in kinds:
            raise _dangling(own.file, f"needs.{kind}", f"no hay una clase de artefacto {kind}")
        for code in codes:
            if code not in kinds[kind]:
                raise _dangling(own.file, f"needs.{kind}", f"no hay {code}")
            missing = kinds[kind].gap(code, own.effective_from, own.effective_to)
            if missing is not None:
                problem = f"{code} no tiene versión vigente el {missing}, y {own.code} {own.version} lo necesita"
                raise CatalogueError("CATALOGUE_GAP", own.file, f"needs.{kind}", problem)
