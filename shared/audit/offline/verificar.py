"""Verifies an evidence pack without the system that made it: ``python verificar.py PAQUETE.zip [--clave …]``.

Needs the standard library of Python 3.11 and `cryptography`; no network. It says in Spanish what it checked, what it
could not, and the verdict; with ``--json`` as a document. Exit code 0 only for a consistent pack.
"""

import argparse
import base64
import hashlib
import io
import json
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

INDEX, SEAL, FORMAT, LOG_KEY, WITNESS_KEY = "indice.json", "indice.json.sha256", "c2sp.org/tlog-proof@v1", 1, 4
LEAF = {"aggregate", "log", "recorded_at", "sequence", "topic", "version"}
BAD = (ValueError, LookupError, TypeError, AttributeError, RecursionError)


class Broken(Exception):
    """Something is not what was sealed: what, and (unless it is ROTO) the verdict."""


def packed(files: dict[str, bytes]) -> bytes:
    """The one ZIP of these files: any other bytes are another container."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as pack:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            pack.writestr(entry, files[name])
    return made.getvalue()


def read(path: Path) -> dict[str, bytes]:
    """The files of a pack, a ZIP or the folder of an extracted one."""
    if path.is_dir():
        return {each.relative_to(path).as_posix(): each.read_bytes() for each in path.rglob("*") if each.is_file()}
    raw = path.read_bytes()
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as pack:
            files = {name: pack.read(name) for name in pack.namelist()}
    except Exception as error:
        raise Broken(f"el archivo ZIP está dañado ({error})") from None
    if packed(files) != raw:
        raise Broken("el archivo ZIP no es, byte por byte, el que se entregó")
    return files


def check_index(files: dict[str, bytes]) -> int:
    """Every file is the one that the index lists, and no other is there; how many there are."""
    raw = files.get(INDEX, b"")
    if files.get(SEAL, b"").decode("ascii", "replace") != f"{hashlib.sha256(raw).hexdigest()}  {INDEX}\n":
        raise Broken(f"{INDEX} no es el que se entregó")
    listed, there = json.loads(raw)["archivos"], set(files) - {INDEX, SEAL}
    for name in sorted(there | set(listed)):
        if name not in there or hashlib.sha256(files[name]).hexdigest() != listed.get(name):
            raise Broken(f"el archivo {name} {'cambió, o sobra' if name in there else 'falta'}")
    return len(there)


def keys_in(text: str) -> dict[tuple[str, bytes], tuple[int, bytes]]:
    """The public keys of a text, one a line (``name+id+base64``): {(name, id): (kind, public)}."""
    found = {}
    for line in (each.strip() for each in text.splitlines()):
        if line and not line.startswith("#"):
            name, key_id, encoded = line.split("+", 2)
            content = base64.b64decode(encoded, validate=True)
            if hashlib.sha256(name.encode() + b"\n" + content).digest()[:4].hex() != key_id or len(content) != 33:
                raise ValueError(f"no es una clave pública: {line[:60]}")
            found[name, bytes.fromhex(key_id)] = (content[0], content[1:])
    return found


class Notes:
    """Signed notes, read under the keys that are trusted."""

    def __init__(self, keys: dict[tuple[str, bytes], tuple[int, bytes]]) -> None:
        self.keys = keys
        self.roots: dict[str, dict[int, bytes]] = defaultdict(dict)
        self.signed: set[tuple[str, int]] = set()
        self.witnesses: dict[tuple[str, int], set[str]] = defaultdict(set)

    def read(self, log: str, note: bytes, where: str) -> tuple[int, bytes]:
        """Size and root of a checkpoint of ``log``; a signature of a known key must be right."""
        text, _, below = note.decode().replace("\n\n", "\n\0").rpartition("\0")
        origin, size, root = text.split("\n")[0], int(text.split("\n")[1]), decoded(text.split("\n")[2:3])[0]
        if not origin.startswith(f"impulso/{log}/") or len(root) != 32:
            raise Broken(f"{where} no es un punto de control de {log}")
        for line in below.rstrip("\n").split("\n"):
            _dash, name, encoded = line.split(" ")
            content = base64.b64decode(encoded, validate=True)
            kind, public = self.keys.get((name, content[:4]), (0, b""))
            if kind == LOG_KEY and name == f"impulso/{log}":
                signature, message = content[4:], text.encode()
                self.signed.add((log, size))
            elif kind == WITNESS_KEY:
                time, signature = int.from_bytes(content[4:12], "big"), content[12:]
                message = f"cosignature/v1\ntime {time}\n{text}".encode()
                self.witnesses[log, size].add(name)
            else:
                continue
            try:
                Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
            except InvalidSignature:
                raise Broken(f"una firma de {where} no es de quien dice") from None
        if self.roots[log].setdefault(size, root) != root:
            raise Broken(f"dos puntos de control de {log} para {size} eventos se excluyen ({where})", "DIVERGENTE")
        return size, root


def decoded(hashes: list[str]) -> list[bytes]:
    return [base64.b64decode(each, validate=True) for each in hashes]


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def sides(number: int, last: int, proof: list[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Each hash of a proof with whether it stands to the left (RFC 9162, 2.1.3.2). Raises `ValueError`."""
    for sibling in proof:
        if last == 0:
            raise ValueError("una prueba es demasiado larga")
        left = bool(number & 1) or number == last
        yield sibling, left
        while left and number and not number & 1:
            number, last = number >> 1, last >> 1
        number, last = number >> 1, last >> 1
    if last:
        raise ValueError("una prueba es demasiado corta")


def included(leaf: bytes, index: int, size: int, proof: list[bytes], root: bytes) -> bool:
    found = leaf
    for sibling, left in sides(index, size - 1, proof):
        found = node(sibling, found) if left else node(found, sibling)
    return 0 <= index < size and found == root


def consistent(old: int, new: int, old_root: bytes, new_root: bytes, proof: list[bytes]) -> bool:
    """RFC 9162, 2.1.4.2."""
    path = proof if old & (old - 1) else [old_root, *proof]
    number, last = old - 1, new - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    was = now = path[0]
    for sibling, left in sides(number, last, path[1:]):
        was, now = (node(sibling, was), node(sibling, now)) if left else (was, node(now, sibling))
    return 0 < old < new and was == old_root and now == new_root


def agree(stored: Any, shown: Any) -> bool:
    """Whether what is shown says what is stored, everywhere but where that is sealed."""
    if isinstance(stored, list):
        return isinstance(shown, list) and len(stored) == len(shown) and all(map(agree, stored, shown))
    if not isinstance(stored, dict):
        return bool(stored == shown)
    if "_sealed_" in stored:
        return isinstance(shown, dict) and "personal" in shown
    if set(stored) == {"_type_", "_data_"}:
        return bool(shown == (str(UUID(stored["_data_"])) if stored["_type_"] == "uuid_hex" else stored["_data_"]))
    return isinstance(shown, dict) and set(stored) == set(shown) and all(agree(stored[n], shown[n]) for n in stored)


def check_event(files: dict[str, bytes], name: str, notes: Notes) -> tuple[dict[str, Any], dict[str, Any], bool]:
    """A stored event: its leaf, what its line of the timeline must say, and whether a seal that counts covers it."""
    _, log, number = name.removesuffix(".guardado").split("/")
    stored, shown = files[name], json.loads(files[name.removesuffix("guardado") + "json"])
    leaf, body, digest = shown["hoja"], json.loads(stored), hashlib.sha256(stored).hexdigest()
    if (leaf["log"], str(leaf["sequence"]), set(leaf)) != (log, number, LEAF):
        raise Broken(f"{name} dice ser otro evento")
    if not shown["otra_version"] and not agree(body["d"], shown["datos"]):
        raise Broken(f"lo leído de {log}:{number} no es lo guardado")
    content = json.dumps({**leaf, "sha256": digest}, sort_keys=True, separators=(",", ":")).encode()
    proof_name = f"pruebas/{log}/{number}.tlog-proof"
    if sealed := proof_name in files:
        above, _, note = files[proof_name].partition(b"\n\n")
        first, index, *hashes = above.decode("ascii").split("\n")
        size, root = notes.read(log, note, proof_name)
        hashed, at = hashlib.sha256(b"\x00" + content).digest(), f"index {leaf['sequence'] - 1}"
        if (first, index) != (FORMAT, at) or not included(hashed, leaf["sequence"] - 1, size, decoded(hashes), root):
            raise Broken(f"el evento {log}:{number} no es el que se selló")
        sealed = (log, size) in notes.signed
    meta, actor = body["m"], str(UUID(body["m"]["actor"])) if "actor" in body["m"] else None
    line = {"id": f"{log}:{number}", "type": leaf["topic"].partition(".")[2], "happened_on": meta["on"]}
    line |= {"recorded_at": leaf["recorded_at"], "role": meta.get("role"), "activity": meta.get("activity", 0)}
    return leaf, {**line, "actor": actor, "sha256": digest}, sealed


def check_timeline(files: dict[str, bytes], leaves: list[dict[str, Any]], lines: dict[str, dict[str, Any]]) -> None:
    """The timeline says what the events say, and leaves none out in the middle of what it tells of."""
    versions: dict[tuple[str, str], list[int]] = defaultdict(list)
    for leaf in leaves:
        versions[leaf["log"], leaf["aggregate"]].append(leaf["version"])
    for (log, aggregate), found in versions.items():
        if sorted(found) != list(range(1, len(found) + 1)):
            raise Broken(f"faltan hechos de {aggregate} en {log}: hay un hueco en sus versiones")
    told = json.loads(files["linea-de-tiempo.json"])["eventos"]
    for each in told:
        line = lines.get(each["id"], {})
        if not line or any(each.get(name) != line[name] for name in line):
            raise Broken(f"la línea de tiempo no dice lo que dice el evento {each['id']}")
    order = [each["recorded_at"] for each in told]
    if sorted(each["id"] for each in told) != sorted(lines) or order != sorted(order):
        raise Broken("la línea de tiempo no tiene cada evento una vez, en el orden en que se registró")


def check_chain(files: dict[str, bytes], notes: Notes) -> str:
    """Every checkpoint extends the one before it; how many are signed by a known key, of how many."""
    for name in (each for each in files if each.startswith("puntos-de-control/") and each.endswith(".txt")):
        notes.read(name.split("/")[1], files[name], name)
    for log, roots in notes.roots.items():
        written = json.loads(files[f"puntos-de-control/{log}/consistencia.json"])
        links = {(each["de"], each["a"]): each["prueba"] for each in written}
        for old, new in pairwise(sorted(roots)):
            if not consistent(old, new, roots[old], roots[new], decoded(links.get((old, new), []))):
                raise Broken(f"el punto de control de {log} para {new} eventos no continúa el de {old}", "DIVERGENTE")
    return f"{len(notes.signed)} de {sum(map(len, notes.roots.values()))}"


def check_papers(files: dict[str, bytes]) -> int:
    """Every document that an event names is the one that its stored bytes name."""
    papers = json.loads(files["documentos/indice.json"])
    for paper in (each for each in papers if each["event"]):
        stored = files[f"eventos/{paper['event'].replace(':', '/')}.guardado"].decode()
        if UUID(paper["id"]).hex not in stored or (paper["hash"] or "") not in stored:
            raise Broken(f"el documento {paper['id']} no es el que nombra {paper['event']}")
    return len(papers)


def verify(files: dict[str, bytes], given: str, points: dict[str, bytes], said: list[str], left: list[str]) -> str:
    """The verdict; what was checked goes to ``said``, what could not be to ``left``."""
    said.append(f"los {check_index(files)} archivos son los del índice")
    inside = "".join(files[name].decode() for name in sorted(files) if name.startswith("claves/"))
    notes = Notes(keys_in(given or inside))
    if not given:
        left.append("de quién son las claves: venían en el paquete; dé las publicadas con --clave")
    found = [check_event(files, name, notes) for name in sorted(files) if name.endswith(".guardado")]
    said.append(f"{len(found)} eventos: sus bytes guardados, lo leído de ellos y su prueba de inclusión")
    lines = {line["id"]: line for _, line, _ in found}
    check_timeline(files, [leaf for leaf, _, _ in found], lines)
    said.append("la línea de tiempo dice lo que dicen los eventos, y sus versiones no tienen huecos")
    papers, seals = check_papers(files), check_chain(files, notes)
    said.append(
        f"{papers} documentos que nombran los eventos; {seals} puntos de control firmados; cada uno continúa el otro"
    )
    for where, note in points.items():
        log, size = note.decode().split("/")[1], int(note.decode().split("\n")[1])
        (said if size in notes.roots[log] else left).append(f"{where}: el mismo punto de control de {size} eventos")
        notes.read(log, note, where)
    left.append("que no falten hechos posteriores o un servicio entero: pida un paquete más nuevo y compárelos")
    left.append("que los PDF digan lo que dicen sus datos: solo se comprueba que no cambiaron")
    bare = sorted(line["recorded_at"] for _, line, sealed in found if not sealed)
    if bare or not found:
        return f"SIN SELLAR: {len(bare)} eventos sin un sello que se pueda comprobar; el más antiguo, de {bare[:1]}"
    asked = {name for (name, _), (kind, _) in notes.keys.items() if kind == WITNESS_KEY}
    seen = min(
        len(notes.witnesses[log, max(size for each, size in notes.signed if each == log)]) for log, _ in notes.signed
    )
    return f"ATESTIGUADO {seen}/{len(asked)}" if seen else "CONSISTENTE SIN TESTIGO"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Comprueba un paquete de evidencia sin el sistema que lo hizo.")
    parser.add_argument("paquete", type=Path, help="el ZIP, o la carpeta donde se extrajo")
    parser.add_argument("--clave", action="append", default=[], help="clave pública, o archivo con una por línea")
    parser.add_argument("--punto", action="append", default=[], help="archivo con un punto de control de otra fuente")
    parser.add_argument("--json", action="store_true", help="responder con un documento JSON")
    chosen = parser.parse_args(arguments)
    said, left = list[str](), list[str]()
    try:
        given = "\n".join(Path(each).read_text("utf-8") if Path(each).is_file() else each for each in chosen.clave)
        points = {each: Path(each).read_bytes() for each in chosen.punto}
        if bool(keys_in(given)) != bool(chosen.clave) or not chosen.paquete.exists():
            raise ValueError
    except (OSError, *BAD):
        parser.error("no se puede leer el paquete, una --clave o un --punto")
    try:
        verdict = verify(read(chosen.paquete), given, points, said, left)
    except Broken as error:
        verdict = f"{(*error.args, 'ROTO')[1]}: {error.args[0]}"
    except BAD as error:
        verdict = f"ROTO: un archivo no está escrito como debe ({type(error).__name__}: {error})"
    told = [*(f"✓ {each}" for each in said), *(f"– sin comprobar: {each}" for each in left), f"VEREDICTO: {verdict}"]
    document = json.dumps({"veredicto": verdict, "comprobado": said, "no_comprobado": left}, ensure_ascii=False)
    print(document if chosen.json else "\n".join(told))
    return 0 if verdict.startswith(("CONSISTENTE", "ATESTIGUADO")) else 6


if __name__ == "__main__":
    raise SystemExit(main())
