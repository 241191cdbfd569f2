"""Gathering an evidence pack: what each service has of the case, its documents, the versions it was decided under."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from starlette.requests import Request

from services.gateway.api.catalogue import content_of
from services.gateway.cases import SERVICES, describe, load_case
from services.gateway.edge import Caller, Edge
from services.gateway.evidence.packing import of_service, written, zipped
from services.gateway.problems import Problem
from shared.casework.evidence import LABELS, TAKERS
from shared.contracts.wording import event_label
from shared.documents.case_timeline import case_timeline
from shared.documents.sheet import Sheet
from shared.runtime.heeding import ProcessingRestricted

HOLDERS = (*SERVICES, "reporting")
"""The services whose logs tell of a case."""
SEALED_WITHIN_S = 6.0
"""Seconds that a pack waits for the last facts to be sealed; after them it goes without their proofs, and says so."""


@dataclass(frozen=True)
class Wanted:
    """What of a case is taken away. ``classes``: personal data to be shown, where the caller has the right;
    ``papers``: whether the documents themselves come along, as the caller may open them."""

    case_id: UUID
    classes: tuple[str, ...] = ()
    papers: bool = False


async def evidence(edge: Edge, request: Request, caller: Caller, wanted: Wanted) -> bytes:
    """The pack, as a ZIP. Raises `Problem`: 403 for who may not take it, 503 while a service is away.

    The export is noted before anything leaves (X-13).
    """
    if not caller.roles & TAKERS:
        detail = f"Se lo puede llevar: {LABELS}."
        raise await edge.denied(request, caller, detail, act="evidence", case_id=str(wanted.case_id))
    parts = await _parts(edge, request, caller, wanted)
    case = describe(edge, caller, await load_case(edge, request, caller, wanted.case_id))
    if case["unavailable"]:
        raise Problem(503, "SERVICE_UNAVAILABLE", "Un servicio no responde. Pida el paquete otra vez en unos segundos.")
    about = str(wanted.case_id)
    if wanted.classes:
        classes = "".join(wanted.classes)
        await edge.note(request, caller, "personal_data_read", act="evidence", case_id=about, classes=classes)
    await edge.note(request, caller, "export", act="evidence", case_id=about)
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    files: dict[str, bytes] = {}
    for part in parts:
        stored = {event["leaf"]["sequence"]: base64.b64decode(event["stored"]) for event in part["events"]}
        files |= of_service(part, stored)
    papers = await _papers(edge, request, caller, wanted, case, parts, files)
    versions = _versions(edge, parts, files)
    files["documentos/indice.json"] = written(papers)
    lines = await _lines(edge, parts)
    timeline = {"caso": about, "estado": case["state"], "procedimiento": case["procedure"], "eventos": lines}
    files["linea-de-tiempo.json"] = written(timeline)
    files["linea-de-tiempo.pdf"] = await edge.blocking(lambda: _printed(case, lines, papers, versions, made_at))
    registers = {
        part["service"]: {"eventos": len(part["events"]), "sellado_hasta": part["sealed"], "cabeza": part["head"]}
        for part in parts
    }
    index = {"caso": about, "hecho_el": made_at, "hecho_por": str(caller.person), "registros": registers}
    return await edge.blocking(lambda: zipped(files, {**index, "clases_a_la_vista": sorted(wanted.classes)}))


async def _parts(edge: Edge, request: Request, caller: Caller, wanted: Wanted) -> list[dict[str, Any]]:
    """What each service that knows the case has of it, sealed if it is sealed soon."""
    until = time.monotonic() + SEALED_WITHIN_S
    while True:
        asked = {"id": str(wanted.case_id), "reveal": list(wanted.classes)}
        answers = await asyncio.gather(
            *(_part(edge, request, caller, service, asked) for service in HOLDERS), return_exceptions=True
        )
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
        parts = [each for each in answers if isinstance(each, dict)]
        if not parts:
            raise Problem(404, "NOT_FOUND", "No se encontró el caso. Verifique el identificador.", field="id")
        # A log that nobody seals is not waited for.
        waiting = [each for each in parts if each["keys"] and any(event["proof"] is None for event in each["events"])]
        if not waiting or time.monotonic() > until:
            return parts
        await asyncio.sleep(0.5)


async def _part(
    edge: Edge, request: Request, caller: Caller, service: str, asked: Mapping[str, Any]
) -> dict[str, Any] | None:
    try:
        return await edge.query(request, caller, service, "case_pack", asked)
    except Problem as problem:
        if problem.status == 404:
            return None
        raise


async def _lines(edge: Edge, parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every event of every service, in the order in which they were recorded."""
    events = [(part["service"], event) for part in parts for event in part["events"]]
    actors = {UUID(event["actor"]) for _, event in events if event["actor"]}
    names = await edge.blocking(lambda: edge.door.names(actors))
    lines = [
        {
            "id": f"{service}:{event['leaf']['sequence']}",
            "type": event["leaf"]["topic"].partition(".")[2],
            "label": event_label(event["leaf"]["topic"].partition(".")[2]),
            **{name: event[name] for name in ("happened_on", "actor", "role", "activity", "channel", "corrects")},
            "recorded_at": event["leaf"]["recorded_at"],
            "actor_name": names.get(UUID(event["actor"])) if event["actor"] else None,
            "causation_id": event["causation_id"],
            "procedure_version": event["procedure_version"],
            "sha256": hashlib.sha256(base64.b64decode(event["stored"])).hexdigest(),
            "sealed": event["proof"] is not None,
        }
        for service, event in events
    ]
    return sorted(lines, key=lambda line: (line["recorded_at"], HOLDERS.index(line["id"].partition(":")[0])))


async def _papers(
    edge: Edge,
    request: Request,
    caller: Caller,
    wanted: Wanted,
    case: Mapping[str, Any],
    parts: list[dict[str, Any]],
    files: dict[str, bytes],
) -> list[dict[str, Any]]:
    """The documents of the case, each with the event that names it and its hash there; their files where asked for."""
    found = []
    for paper in case["documents"]:
        service, paper_id = str(paper["service"]), str(paper["id"])
        event, digest = _named_by(parts, service, paper_id)
        file = None
        if wanted.papers and paper.get("opens", True):
            content = await _content(edge, request, caller, service, paper_id)
            if content is not None:
                file = f"documentos/{service}/{paper_id}.{content[1]}"
                files[file] = content[0]
        described = {name: paper.get(name) for name in ("code", "number", "name", "issued_on")}
        found.append({"id": paper_id, "service": service, **described, "event": event, "hash": digest, "file": file})
    return found


def _named_by(parts: list[dict[str, Any]], service: str, paper_id: str) -> tuple[str | None, str | None]:
    for event in (each for part in parts if part["service"] == service for each in part["events"]):
        data = event["data"]
        if paper_id in (data.get("form_instance_id"), data.get("document_id")):
            digest = next((data[name] for name in ("hash", "content_hash") if isinstance(data.get(name), str)), None)
            return f"{service}:{event['leaf']['sequence']}", digest
    return None, None


async def _content(
    edge: Edge, request: Request, caller: Caller, service: str, paper_id: str
) -> tuple[bytes, str] | None:
    """A document as the caller may open it, with the ending of its name; None when they may not."""
    try:
        asked = {"id": paper_id, "names": await edge.blocking(edge.door.people)}
        about = await edge.query(request, caller, service, "document", asked)
        if "pdf" in about:
            return base64.b64decode(about["pdf"]), "pdf"
        told, pieces = await edge.download(request, caller, service, str(about["file_id"]))
    except Problem as problem:
        if problem.status in (403, 404) or problem.code == ProcessingRestricted.code:
            return None
        raise
    content = b"".join([piece async for piece in pieces])
    ending = str(about.get("name") or told.get("name") or "").rpartition(".")[2].lower()
    return content, ending if ending.isalnum() and len(ending) < 6 else "bin"


def _versions(edge: Edge, parts: list[dict[str, Any]], files: dict[str, bytes]) -> list[dict[str, str]]:
    """The versions of procedure, criteria, forms and parameters that the events were decided under, with content."""
    used = set()
    for event in (each for part in parts for each in part["events"]):
        used.add(("procedure", str(event["procedure"]), str(event["procedure_version"])))
        used |= {
            (*name.partition(":")[::2], version) for name, version in event["versions"].items() if name[:6] != "value:"
        }
    found = []
    for kind, code, version in sorted(each for each in used if all(each)):
        try:
            content = content_of(edge, kind, code, version)
        except Problem:
            # Published a moment ago; this process has not asked for it yet.
            content = {"kind": kind, "code": code, "version": version, "hash": ""}
        files[f"catalogo/{kind}/{_safe(code)}/{_safe(version)}.json"] = written(content)
        found.append({"kind": kind, "code": code, "version": version, "hash": str(content["hash"])})
    return found


def _safe(name: str) -> str:
    return "".join(char if char.isalnum() or char in "-_." else "_" for char in name).strip(".") or "_"


def _printed(
    case: Mapping[str, Any],
    lines: list[dict[str, Any]],
    papers: list[dict[str, Any]],
    versions: list[dict[str, str]],
    made_at: str,
) -> bytes:
    told = [{**line, "who": line["actor_name"] or ("Sistema" if not line["actor"] else "Persona")} for line in lines]
    facts = {
        "case": case["id"],
        "state": case["state_label"],
        "procedure": f"{case['procedure']} versión {case['procedure_version']}",
        "made_at": made_at,
        "lines": told,
        "papers": papers,
        "versions": versions,
    }
    return case_timeline(Sheet(code="EVIDENCIA", name="Línea de tiempo del caso", number=str(case["id"])[:8]), facts)
