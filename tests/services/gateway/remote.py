"""A double of the remote services: it answers over the port as they do, from memory. Nothing of ours is mocked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Callable
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from services.gateway.port import DeadlineExceeded, ServiceUnavailable
from shared.catalogue.catalogue import Catalogue
from shared.catalogue.refusals import (
    CommandIdReused,
    NotAuthorised,
    NotFound,
    Refusal,
    SeparationOfDuties,
    StateNotAllowed,
    VersionConflict,
)
from shared.contracts.commands import load_command
from shared.privacy.content import check_content
from shared.runtime.answering import refusal_state
from shared.runtime.tokens import Who

NAME, DOCUMENT = "Rosalba Quiñones Tunjo", "1023456781"
SERVICES = ("intake", "profiling", "assistance", "inventory", "reporting")


def personal(kind: str, value: str, masked: str, reveal: list[str]) -> dict[str, Any]:
    shown = kind in reveal
    return {"personal": kind, "value": value if shown else masked, "masked": not shown, "may_reveal": True}


class Remote:
    """Five services over one dictionary of cases. ``away``, ``late`` and ``broken`` name services that do not answer;
    one in ``lost`` handles a command, but its answer gets lost (once)."""

    def __init__(self, catalogue: Catalogue, verify: Callable[[str], Who]) -> None:
        self.catalogue = catalogue
        self.verify = verify
        self.away: set[str] = set()
        self.late: set[str] = set()
        self.broken: set[str] = set()
        self.lost: set[str] = set()
        self.received: list[tuple[str, str, dict[str, Any]]] = []
        self.case_id, self.candidate, self.call_id = uuid4(), uuid4(), uuid4()
        self.state, self.version = "profiled", 7
        self.defaults: dict[str, Any] = {}
        self.answered: dict[str, tuple[str, dict[str, Any]]] = {}
        self.files: dict[str, tuple[dict[str, Any], bytes]] = {}
        self.job: dict[str, Any] | None = None
        self.calls: list[dict[str, Any]] = [
            {
                "id": str(self.call_id),
                "version": 1,
                "code": "CONV-2026-01",
                "name": "Fortalecimiento textil 2026",
                "service": "technical_assistance",
                "state": "open",
                "opens_on": "2026-09-01",
                "closes_on": "2026-12-15",
                "cohort_quota": 40,
                "candidates": 23,
            }
        ]

    async def call(self, service: str, method: str, payload: dict[str, Any], deadline_s: float = 2.0) -> dict[str, Any]:
        self.received.append((service, method, payload))
        if service in self.away:
            raise ServiceUnavailable(service)
        if service in self.late:
            raise DeadlineExceeded(service)
        if service in self.broken:
            raise RuntimeError(f"traceback with {NAME} {DOCUMENT}")
        if method == "health":
            return {"ok": {"status": "ok"}}
        try:
            who = self.verify(payload["token"])
            if method == "command":
                result = self._command(service, payload, who)
                if service in self.lost:
                    self.lost.remove(service)
                    raise DeadlineExceeded(service)
                return {"ok": result}
            if method == "feed":
                return {"ok": {"events": [], "head": 0, "next": 0, "epoch": "e1"}}
            answer = getattr(self, f"_{payload['query']}", None)
            if answer is None:
                raise NotFound(what="la consulta")
            return {"ok": answer(service, payload["params"], who)}
        except Refusal as refusal:
            return {"refusal": refusal_state(refusal)}

    async def upload(self, service: str, head: dict[str, Any], pieces: AsyncIterator[bytes]) -> dict[str, Any]:
        if service in self.away:
            raise ServiceUnavailable(service)
        self.verify(head["token"])
        content = bytearray()
        async for piece in pieces:
            assert len(piece) <= 1024 * 1024
            content += piece
        try:
            check_content(head["name"], head.get("media_type", ""), bytes(content[: 1024 * 1024]))
        except Refusal as refusal:
            return {"refusal": refusal_state(refusal)}
        file_id = hashlib.sha256(content).hexdigest()
        about = {"id": file_id, "name": head["name"], "media_type": head.get("media_type", ""), "size": len(content)}
        self.files[file_id] = (about, bytes(content))
        return {"ok": {**about, "sha256": hashlib.sha256(content).hexdigest()}}

    async def download(self, service: str, head: dict[str, Any]) -> tuple[dict[str, Any], AsyncIterator[bytes]]:
        async def pieces(content: bytes) -> AsyncIterator[bytes]:
            for start in range(0, len(content), 1000):
                yield content[start : start + 1000]

        if head["id"] not in self.files:
            return {"refusal": refusal_state(NotFound(what="el archivo"))}, pieces(b"")
        about, content = self.files[head["id"]]
        return {"ok": about}, pieces(content)

    def _command(self, service: str, payload: dict[str, Any], who: Who) -> dict[str, Any]:
        definition = self.catalogue.command(payload["command"], service)
        if not who.roles.intersection(definition.roles):
            raise NotAuthorised(command=definition.label, roles=", ".join(definition.roles))
        load_command(definition, self.catalogue, date(2026, 10, 15), payload["body"])
        digest = json.dumps([payload["command"], payload["id"], payload["body"]], sort_keys=True)
        earlier = self.answered.get(payload["command_id"])
        if earlier is not None:
            if earlier[0] != digest:
                raise CommandIdReused()
            return earlier[1]
        result: dict[str, Any]
        if definition.command == "ImportCandidates":
            self.job = self._new_job(payload["body"])
            result = {"id": self.job["id"], "version": 1}
        elif definition.creates:
            result = {"id": str(uuid4()), "version": 1}
        else:
            if payload["id"] != str(self.case_id) and definition.subject == "case":
                raise NotFound(what="el caso")
            if payload["expected_version"] not in (None, self.version):
                raise VersionConflict(actual=self.version, expected=payload["expected_version"])
            lawful = self.catalogue.procedure("PR-156", date(2026, 10, 15)).states_of(definition.command)
            if lawful and self.state not in lawful:
                raise StateNotAllowed(
                    command=definition.label, state=self.state, allowed="Validar", lawful=["ValidateProfile"]
                )
            if payload["body"].get("reason") == "sod":
                raise SeparationOfDuties(rule="SOD-1", explanation="quien entrevistó no valida.")
            self.version += 1
            result = {"id": payload["id"], "version": self.version}
        self.answered[payload["command_id"]] = (digest, result)
        return result

    def _new_job(self, body: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": str(uuid4()),
            "call_id": str(self.call_id),
            "call_code": "CONV-2026-01",
            "file_name": "candidatos.csv",
            "state": "running",
            "as_of": body["as_of"],
            "rows": 400,
            "done": 120,
            "accepted": 101,
            "rejected": 15,
            "duplicates": 4,
            "error": None,
            "report": None,
            "rejected_file": None,
        }

    def finish_job(self) -> None:
        assert self.job is not None
        rejected = [
            {"fila": 84, "fila_origen": 84, "reason_code": "FECHA_INVALIDA", "columna": "fecha_nacimiento"},
            {"fila": 264, "fila_origen": 264, "reason_code": "DOCUMENTO_FALTANTE", "columna": "numero_documento"},
            {"fila": 289, "fila_origen": 96, "reason_code": "FILA_ORIGEN_DUPLICADA", "columna": "fila_origen"},
        ]
        self.job |= {"state": "done", "done": 400, "accepted": 347, "rejected": 3, "report": {"rejected": rejected}}

    def _case(self, service: str, params: dict[str, Any], who: Who) -> dict[str, Any]:
        if UUID(params["id"]) != self.case_id or service in ("assistance", "inventory", "reporting"):
            raise NotFound(what="el caso")
        reveal = list(params.get("reveal") or ())
        if service == "profiling":
            return {
                "id": params["id"],
                "version": self.version,
                "state": self.state,
                "tracks": {},
                "facts": [
                    {"label": "Instrumento", "value": "DISC versión 1", "group": "Perfilación"},
                    {"label": "Resultado de la matriz", "value": "pasa", "group": "Perfilación"},
                ],
                "documents": [],
                "targets": [],
                "blocked": {},
                "defaults": self.defaults,
            }
        return {
            "id": params["id"],
            "version": 5,
            "state": "eligible",
            "candidate_id": str(self.candidate),
            "call": {"id": str(self.call_id), "code": "CONV-2026-01", "name": "Fortalecimiento textil 2026"},
            "tracks": {"duplicate": "clear"},
            "person": [
                {"name": "name", "label": "Nombre", "value": personal("i", NAME, "R•••••• Q•••••• T••••", reveal)},
                {
                    "name": "document",
                    "label": "Documento",
                    "value": personal("i", f"CC {DOCUMENT}", "CC •••••••781", reveal),
                },
                {"name": "phone", "label": "Teléfono", "value": personal("c", "300 555 0199", "•••••••199", reveal)},
                {
                    "name": "address",
                    "label": "Dirección",
                    "value": {"personal": "c", "value": None, "masked": True, "may_reveal": False},
                },
            ],
            "facts": [
                {"label": "Ruta", "value": "Fortalecimiento", "group": "Caso"},
                {"label": "Identificado el", "value": "2026-10-15", "group": "Caso"},
            ],
            "documents": [
                {
                    "id": str(self.case_id),
                    "code": "FO-068",
                    "number": "2026-000123",
                    "name": "Comunicación externa",
                    "issued_on": "2026-10-16",
                    "service": "intake",
                }
            ],
        }

    def _cases(self, service: str, params: dict[str, Any], who: Who) -> dict[str, Any]:
        row = {
            "case_id": str(self.case_id),
            "state": self.state,
            "call_id": str(self.call_id),
            "call_code": "CONV-2026-01",
            "route": "strengthening",
            "since": "2026-11-03T15:20:00Z",
            "activity": 3,
            "caseworker": str(who.person),
        }
        shown = params.get("state") in (None, self.state)
        return {"items": [row] if shown else [], "next": None, "total": int(shown)}

    def _people(self, service: str, params: dict[str, Any], who: Who) -> dict[str, Any]:
        name = personal("i", NAME, "R•••••• Q•••••• T••••", [])
        return {"items": [{"case_id": str(self.case_id), "name": name, "document": name}]}

    def _people_search(self, service: str, params: dict[str, Any], who: Who) -> dict[str, Any]:
        found = params.get("document_number") == DOCUMENT or params.get("name", "").lower() in NAME.lower()
        row = {
            "case_id": str(self.case_id),
            "candidate_id": str(self.candidate),
            "name": personal("i", NAME, "R•••••• Q•••••• T••••", []),
            "document": personal("i", DOCUMENT, "•••••••781", []),
            "state": self.state,
            "call_code": "CONV-2026-01",
        }
        return {"items": [row] if found else [], "next": None}

    def _timeline(self, service: str, params: dict[str, Any], who: Who) -> dict[str, Any]:
        def event(number: int, where: str, kind: str, label: str, activity: int, on: str, at: str, role: str) -> Any:
            return {
                "id": f"{where}:{number}", "service": where, "sequence": number, "type": kind, "label": label,
                "activity": activity, "happened_on": on, "recorded_at": at, "actor": str(who.person), "role": role,
                "channel": "console", "facts": [], "documents": [], "late": False,
            }  # fmt: skip

        items = [
            event(
                12,
                "intake",
                "CandidateIdentified",
                "Candidata identificada",
                1,
                "2026-10-15",
                "2026-10-15T14:02:11Z",
                "caseworker",
            ),
            event(
                40,
                "intake",
                "EligibilityCommunicated",
                "Se comunicó que cumple los criterios",
                2,
                "2026-10-16",
                "2026-10-16T20:10:45Z",
                "caseworker",
            ),
            event(
                3,
                "profiling",
                "InterviewRecorded",
                "Entrevista registrada",
                3,
                "2026-10-28",
                "2026-11-03T15:00:00Z",
                "psychosocial",
            ),
            event(
                5,
                "profiling",
                "ProfileClassified",
                "Perfil clasificado",
                3,
                "2026-11-03",
                "2026-11-03T15:20:00Z",
                "psychosocial",
            ),
        ]
        items[1]["documents"] = [
            {"service": "intake", "id": str(self.case_id), "code": "FO-068", "name": "n.º 2026-000123"}
        ]
        items[2] |= {"late": True, "channel": "field"}
        items[3]["facts"] = [{"label": "Resultado", "value": "pasa"}, {"label": "Productor", "value": True}]
        return {"items": items, "next": None, "state": self.state, "head": {}}

    def _counts(self, service: str, params: dict[str, Any], who: Who) -> dict[str, Any]:
        if service == "inventory":
            return {"items": [], "next": None}
        rows = [("identified", "Identificado", 12), ("eligible", "Elegible", 8), ("profiled", "Perfilado", 3)]
        return {"total": 23, "items": [{"state": s, "label": label, "count": n} for s, label, n in rows]}

    def _calls(self, service: str, params: dict[str, Any], who: Who) -> dict[str, Any]:
        return {"items": self.calls, "next": None}

    def _call(self, service: str, params: dict[str, Any], who: Who) -> dict[str, Any]:
        if params["id"] != str(self.call_id):
            raise NotFound(what="la convocatoria")
        lists = [{"number": 1, "file_name": "candidatos.csv", "frozen_on": "2026-10-15", "candidates": 23}]
        return {**self.calls[0], "product_types": ["textil"], "routes": [], "localities": [], "lists": lists}

    def _imports(self, service: str, params: dict[str, Any], who: Who) -> dict[str, Any]:
        return {"items": [self.job] if self.job else [], "next": None}

    def _import(self, service: str, params: dict[str, Any], who: Who) -> dict[str, Any]:
        if self.job is None or params["id"] != self.job["id"]:
            raise NotFound(what="la importación")
        return self.job

    def _warehouses(self, service: str, params: dict[str, Any], who: Who) -> dict[str, Any]:
        names = (("ALM-1", "Almacén central"), ("ALM-2", "Bodega sur"))
        return {"items": [{"id": str(uuid4()), "version": 1, "code": c, "name": n} for c, n in names], "next": None}

    def _items(self, service: str, params: dict[str, Any], who: Who) -> dict[str, Any]:
        return {"items": [{"id": str(uuid4()), "version": 1, "code": "TELA-01", "name": "Tela índigo"}], "next": None}

    def _stock(self, service: str, params: dict[str, Any], who: Who) -> dict[str, Any]:
        row = {
            "item_id": str(uuid4()), "item_code": "TELA-01", "item_name": "Tela índigo de 14 onzas",
            "warehouse_id": str(uuid4()), "warehouse_code": "ALM-1", "lot": str(uuid4()), "lot_name": "ALM-1-2026-17-1",
            "expires_on": None,
            "on_hand": "120.5", "assigned": "30", "free": "90.5", "unit": "m", "value": "1446000.00",
        }  # fmt: skip
        return {
            "items": [row, {**row, "item_code": "HILO-7", "item_name": "Hilo", "expires_on": "2027-05-30"}],
            "next": None,
        }

    def _unmatched(self, service: str, params: dict[str, Any], who: Who) -> dict[str, Any]:
        line = {
            "kind": "withdrawal", "since": "2026-10-02", "age": 8, "overdue": True, "number": "ALM-1-128-2026-000009",
            "document": str(uuid4()), "case_id": str(self.case_id), "lot": str(uuid4()), "lot_name": "ALM-1-2026-17-1",
            "item_code": "TELA-01", "qty": "4", "unit": "m",
        }  # fmt: skip
        bare = {"overdue": None, "number": None, "document": None, "case_id": None, "lot": None, "qty": None}
        return {"items": [line, {**line, **bare, "kind": "forms"}], "next": None, "term": 5}

    def _expiring(self, service: str, params: dict[str, Any], who: Who) -> dict[str, Any]:
        lot = {
            "item_code": "TINTE-2",
            "lot_name": "ALM-1-2026-18-1",
            "warehouse_code": "ALM-1",
            "qty": "3",
            "unit": "l",
        }
        return {"items": [{**lot, "expires_on": "2026-11-30", "expired": False}], "next": None, "term": 30}

    def _document(self, service: str, params: dict[str, Any], who: Who) -> dict[str, Any]:
        for file_id, (about, _) in self.files.items():
            if about["media_type"] == "application/pdf":
                return {"file_id": file_id, "name": "FO-068 2026-000123.pdf", "media_type": "application/pdf"}
        raise NotFound(what="el documento")
