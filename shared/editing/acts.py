"""The acts on a version of the catalogue, the same in every service that owns artefacts (CAT-04)."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, ClassVar
from uuid import UUID, uuid4

from shared.catalogue.artefact import Artefact
from shared.catalogue.contents import FOLDER_OF
from shared.catalogue.drafting import PUBLISHED, REFUSALS, CatalogueOverlap, VersionActs
from shared.catalogue.editions import MOST_CHARACTERS, Edition, owner_of
from shared.catalogue.errors import CatalogueError
from shared.catalogue.refusals import FieldInvalid, NotFound
from shared.catalogue.types import Act
from shared.editing.shelf import published, shelf_of
from shared.eventstore.application import ServiceApplication
from shared.eventstore.unit_of_work import UnitOfWork

CLAIM = "catalogue-version"
"""Kind of claim: one live version of a kind, code and label."""
_LABEL = re.compile(r"[A-Za-z0-9][\w.:/+\-]{0,79}")


class CatalogueActs(ServiceApplication):
    """Draft, approve and withdraw versions of the artefacts that the service owns."""

    version_class: ClassVar[type[Any]]
    copy_class: ClassVar[type[Any]]

    def load_catalogue_draft(
        self,
        uow: UnitOfWork,
        act: Act,
        *,
        owner: str,
        kind: str,
        file: str,
        approvers: list[UUID],
        reason: str | None,
    ) -> dict[str, Any]:
        """Check a file as if it were shipped and keep it as a draft. Answers the id, and warnings in Spanish.

        Raises `FieldInvalid`, `NotFound`, `SeparationOfDuties`, and what is wrong with the file: `CatalogueInvalid`
        or one of its kinds (`ExampleFailed`, `CatalogueOverlap`, `CatalogueGap`, `CatalogueReference`).
        """
        if owner != self.name:
            raise FieldInvalid(field="owner", explanation="el borrador se carga en el servicio dueño del artefacto.")
        version_id = uuid4()
        edition, artefact, filled_by = self._read(version_id, kind, self._text_of(file))
        right = owner_of(kind, edition.code, filled_by)
        if right != self.name:
            raise FieldInvalid(field="owner", explanation=f"{edition.code} lo publica el servicio {right} (CAT-10).")
        self._check_approvers(artefact, approvers)
        key = _key(kind, edition.code, edition.version)
        if uow.claimed(CLAIM, key) is not None:
            problem = f"ya hay una versión {edition.version} de {edition.code} en borrador o publicada."
            raise CatalogueOverlap(field="file", place="version", problem=problem)
        self._check_whole(edition)
        uow.claim(CLAIM, key, version_id)
        uow.add(
            self.version_class.load(
                act,
                id=version_id,
                approvers=approvers,
                reason=reason,
                kind=kind,
                code=edition.code,
                version=edition.version,
                effective_from=edition.effective_from,
                hash=edition.sha256,
                text=edition.text,
            )
        )
        return {"id": str(version_id), "warnings": warnings(artefact, self._before(edition))}

    def approve_catalogue_version(
        self, uow: UnitOfWork, act: Act, version_id: UUID, *, reason: str | None
    ) -> dict[str, Any]:
        """Approve; the last named approver publishes. Raises what `VersionActs.approve` and the checks raise."""
        version = uow.get(self.version_class, version_id)
        is_published = version.approve(act, reason)
        if is_published:
            # Other versions may have been published since the draft was checked.
            self._check_whole(_edition(version))
        return {"id": str(version_id), "state": version.state}

    def withdraw_catalogue_version(self, uow: UnitOfWork, act: Act, version_id: UUID, *, reason: str) -> dict[str, Any]:
        """Take back a draft, or a published version before its date. Raises `StateNotAllowed`, and the checks'."""
        version = uow.get(self.version_class, version_id)
        was_published = version.state == PUBLISHED
        version.withdraw(act, reason)
        if was_published:
            self._check_whole(None, without=version_id)
        uow.release(CLAIM, _key(version.kind, version.code, version.label), version_id)
        return {"id": str(version_id), "state": version.state}

    def _text_of(self, file: str) -> str:
        try:
            content = b"".join(self.files.open(file))
        except NotFound:
            raise NotFound(what="el archivo adjunto", field="file") from None
        if len(content) > MOST_CHARACTERS:
            raise FieldInvalid(field="file", explanation=f"el archivo pasa de {MOST_CHARACTERS // 1000} KB.")
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise FieldInvalid(field="file", explanation="el archivo no está en UTF-8.") from None

    def _read(self, version_id: UUID, kind: str, text: str) -> tuple[Edition, Artefact, str]:
        """The edition, its header, and the service that fills it where it is a form."""
        if kind not in FOLDER_OF:
            raise FieldInvalid(field="kind", explanation=f"no hay artefactos de la clase {kind}.")
        unread = Edition(version_id, kind, "", "", date.min, "", text)
        try:
            version: Any = self.catalogue.version_of(unread)
        except CatalogueError as error:
            raise _refused(error) from error
        artefact: Artefact = version.artefact
        for label in (artefact.code, artefact.version):
            if not _LABEL.fullmatch(label):
                explanation = f"«{label}» no sirve de código ni de versión: sin espacios, hasta 80 caracteres."
                raise FieldInvalid(field="file", explanation=explanation)
        header = (artefact.code, artefact.version, artefact.effective_from, artefact.sha256)
        return Edition(version_id, kind, *header, text), artefact, str(getattr(version, "service", ""))

    def _check_approvers(self, artefact: Artefact, approvers: list[UUID]) -> None:
        named = len(artefact.approved)
        if not named:
            raise FieldInvalid(field="file", explanation="el archivo no nombra quién aprueba (clave «approved»).")
        if len(set(approvers)) != named or len(approvers) != named:
            explanation = f"el archivo nombra {named} aprobadores: indique a cada uno, una sola vez."
            raise FieldInvalid(field="approvers", explanation=explanation)

    def _check_whole(self, edition: Edition | None, without: UUID | None = None) -> None:
        """Load the catalogue as it will be: shipped, published, and this one."""
        with self.database.read() as connection:
            others = published(connection, shelf_of(self), without=without)
        try:
            self.catalogue.trying(edition, others)
        except CatalogueError as error:
            raise _refused(error) from error

    def _before(self, edition: Edition) -> Artefact | None:
        earlier = self.catalogue.before(edition.kind, edition.code, edition.effective_from)
        return None if earlier is None else earlier.artefact


def warnings(artefact: Artefact, before: Artefact | None) -> list[str]:
    """What is odd about the dates of a version; they are kept as written (AMB-22)."""
    found = []
    days = [row.on for row in artefact.change_log]
    if days != sorted(days):
        found.append("El control de cambios trae fechas en desorden; se guardan como están escritas.")
    prepared = [each.on for each in artefact.prepared if each.on is not None]
    for signatory in (*artefact.reviewed, *artefact.approved):
        if signatory.on is not None and prepared and signatory.on < max(prepared):
            found.append(f"{signatory.post}: firmó el {signatory.on}, antes de la elaboración; se guarda como está.")
    if before is not None and before.change_log and artefact.change_log:
        last = max(row.on for row in before.change_log)
        if artefact.change_log[-1].on < last:
            found.append(f"La versión anterior tiene un cambio posterior ({last}); se guarda como está escrita.")
    return found


def _edition(version: VersionActs) -> Edition:
    header = (version.kind, version.code, version.label, version.effective_from, version.hash)
    return Edition(version.id, *header, version.text)


def _key(kind: str, code: str, label: str) -> str:
    return f"{kind}|{code}|{label}"


def _refused(error: CatalogueError) -> Exception:
    place = f"{error.file}: {error.place}" if error.place else error.file
    problem = error.problem if error.problem.endswith(".") else f"{error.problem}."
    return REFUSALS[error.code](field="file", place=place, problem=problem)
