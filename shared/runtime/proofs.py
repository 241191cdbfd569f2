"""Questions about the seals of one service, by name: checkpoint, consistency, proof of an event. No personal data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog

from shared.audit.encoding import base64_text
from shared.audit.proving import proof_of, standing
from shared.audit.sealed_log import NotSealed, SealBroken, SealedLog
from shared.catalogue.catalogue import Catalogue
from shared.catalogue.refusals import FieldInvalid, NotAuthorised, NotFound, Refusal
from shared.eventstore.log import Log
from shared.runtime.tokens import Who

log = structlog.get_logger("impulso.proofs")

PREFIX = "audit."
OF_AN_ENTRY = f"{PREFIX}proof"
READERS = ("auditor", "coordinator", "subdirector", "privacy_officer", "integration_client", "operations")
"""Roles that may ask for proofs: they tell how long a log is and the kind of an event, and nothing of anybody."""
Answer = dict[str, Any]


class NotYetSealed(Refusal):
    code = "NOT_SEALED"
    message = "El evento {sequence} aún no está sellado: lo sellado llega al {size}. Pida la prueba en unos segundos."


class ProofBroken(Refusal):
    code = "SEAL_BROKEN"
    message = (
        "No se puede probar: lo guardado de {service} no es lo que se selló. Avise a quien opera el sistema, que debe "
        "correr «impulso verify {service}» y conservar una copia de la base de datos."
    )


def answer(name: str, logs: Mapping[str, Log], catalogue: Catalogue, params: Mapping[str, Any], who: Who) -> Answer:
    """Answer ``audit.<name>`` about the log that ``params["log"]`` names, of ``logs``; without it, the first.

    Raises `NotAuthorised`, `NotFound` and the refusals of each.
    """
    asked = _BY_NAME.get(name.removeprefix(PREFIX))
    if asked is None:
        raise NotFound(what=f"la consulta «{name}»", field="query")
    if not who.roles.intersection(READERS):
        labels = ", ".join(catalogue.role(role).label for role in READERS)
        raise NotAuthorised(command="Pedir pruebas de los registros", roles=labels)
    service_log = logs.get(str(params.get("log") or next(iter(logs))))
    if service_log is None:
        raise NotFound(what="un registro con ese nombre", field="log")
    try:
        return asked(service_log, params)
    except NotSealed as problem:
        raise NotYetSealed(sequence=problem.parameters["sequence"], size=problem.parameters["size"]) from None
    except SealBroken as problem:
        log.error("no proof", service=service_log.name, code=problem.code, reason=str(problem))
        raise ProofBroken(service=service_log.name) from None


def _checkpoint(service_log: Log, _params: Mapping[str, Any]) -> Answer:
    found = standing(service_log)
    if found is None:
        raise NotYetSealed(sequence=1, size=0)
    cosigned = None
    if found.cosigned is not None:
        cosigned = {"size": found.cosigned_size, "note": found.cosigned.encode().decode()}
    return {
        "service": service_log.name,
        "size": found.size,
        "note": found.note.encode().decode(),
        "cosigned": cosigned,
    }


def _consistency(service_log: Log, params: Mapping[str, Any]) -> Answer:
    old, new = _number(params, "old"), _number(params, "new")
    sealed = SealedLog(service_log)
    last = sealed.last()
    size = 0 if last is None else last.size
    if not old <= new <= size:
        raise FieldInvalid(
            field="new", explanation=f"pida dos tamaños ya sellados, el menor primero; lo sellado llega a {size}."
        )
    proof = sealed.consistency(old, new)
    return {"service": service_log.name, "old": old, "new": new, "proof": [base64_text(each) for each in proof]}


def _proof(service_log: Log, params: Mapping[str, Any]) -> Answer:
    sequence = _number(params, "sequence")
    content = proof_of(service_log, sequence).encode().decode()
    return {"service": service_log.name, "sequence": sequence, "proof": content}


def _number(params: Mapping[str, Any], name: str) -> int:
    try:
        value = int(str(params.get(name)))
        if not 0 < value < 2**62:
            raise ValueError("no log is that long")
        return value
    except ValueError:
        raise FieldInvalid(field=name, explanation="indique un número entero mayor que 0.") from None


_BY_NAME = {"checkpoint": _checkpoint, "consistency": _consistency, "proof": _proof}
