"""The files of an evidence pack, and the one ZIP that they are: the same files always give the same bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from importlib.resources import files as resources
from typing import Any

from shared.audit.offline.verificar import INDEX, SEAL, packed

FORMAT = "impulso/evidencia@1"
ALONG = ("verificar.py", "VERIFICAR.txt")


def written(value: Any) -> bytes:
    """A JSON file, to be read by people too."""
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def of_service(part: Mapping[str, Any], stored: Mapping[int, bytes]) -> dict[str, bytes]:
    """The files of one service's part of a case: events, proofs, checkpoints, keys."""
    service, made = str(part["service"]), {}
    for event in part["events"]:
        number = event["leaf"]["sequence"]
        made[f"eventos/{service}/{number}.guardado"] = stored[number]
        shown = {"hoja": event["leaf"], "datos": event["data"], "otra_version": event["upcast"], **_about(event)}
        made[f"eventos/{service}/{number}.json"] = written(shown)
        if event["proof"] is not None:
            made[f"pruebas/{service}/{number}.tlog-proof"] = event["proof"].encode()
    for checkpoint in part["checkpoints"]:
        made[f"puntos-de-control/{service}/{checkpoint['size']}.txt"] = checkpoint["note"].encode()
    if part["checkpoints"]:
        made[f"puntos-de-control/{service}/consistencia.json"] = written(part["consistency"])
    if part["keys"]:
        made[f"claves/{service}.pub"] = "".join(f"{key}\n" for key in part["keys"]).encode()
    return made


def _about(event: Mapping[str, Any]) -> dict[str, Any]:
    names = ("happened_on", "actor", "role", "activity", "channel", "causation_id", "procedure", "procedure_version")
    return {name: event[name] for name in (*names, "versions")}


def zipped(files: Mapping[str, bytes], about: Mapping[str, Any]) -> bytes:
    """The pack: ``files``, the verifier and how to use it, and the index with the SHA-256 of each and ``about``."""
    place = resources("shared.audit.offline")
    made = {**files, **{name: place.joinpath(name).read_bytes() for name in ALONG}}
    listed = {name: hashlib.sha256(content).hexdigest() for name, content in made.items()}
    index = written({"formato": FORMAT, **about, "archivos": listed})
    made[INDEX] = index
    made[SEAL] = f"{hashlib.sha256(index).hexdigest()}  {INDEX}\n".encode()
    return packed(made)
