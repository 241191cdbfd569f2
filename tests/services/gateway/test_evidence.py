"""An evidence pack: who may take it, what is in it, and that it verifies on another computer, offline (X-19)."""

from __future__ import annotations

import ast
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest

from services.gateway.evidence.packing import written
from services.intake.domain.cases import Case
from shared.audit.checkpoints import Checkpoint
from shared.audit.keys import Kind, Signer
from shared.audit.notes import Note, Signature
from shared.audit.offline import verificar
from shared.audit.sealed_log import SealedLog
from shared.audit.sealer import Sealer
from shared.eventstore.tables import cosignatures
from tests.services.gateway.conftest import Gateway, new_person
from tests.services.gateway.test_console import Page, enter
from tests.services.gateway.town import Town, said
from tests.services.intake.counter import ROSALBA, Counter

pytestmark = pytest.mark.anyio
PROGRAM = Path(verificar.__file__)
WITNESS = Signer("testigo.example", bytes(range(32)), Kind.WITNESS)
HOLDERS = ("intake", "profiling", "assistance", "inventory", "reporting")


@dataclass
class Taken:
    """A town whose logs are sealed, a case of it, and its pack."""

    town: Town
    case: str
    pack: bytes
    folder: Path

    @property
    def files(self) -> dict[str, bytes]:
        with zipfile.ZipFile(io.BytesIO(self.pack)) as pack:
            return {name: pack.read(name) for name in pack.namelist()}

    def verdict(self, pack: bytes | None = None, *more: str) -> tuple[int, str]:
        """What the verifier says of a pack: its exit code, and the first word of the verdict."""
        path = self.folder / "paquete.zip"
        path.write_bytes(self.pack if pack is None else pack)
        return verdict_of(path, *more)


def verdict_of(path: Path, *more: str) -> tuple[int, str]:
    output = io.StringIO()
    before, sys.stdout = sys.stdout, output
    try:
        code = verificar.main([str(path), "--json", *more])
    finally:
        sys.stdout = before
    return code, str(json.loads(output.getvalue())["veredicto"])


def key_of(service: str) -> Signer:
    return Signer(f"impulso/{service}", sha256(service.encode()).digest())


def seal(town: Town, *services: str) -> None:
    for name in services or HOLDERS:
        application = town.offices[name].application
        application.log_keys = (key_of(name).verifier.text,)
        Sealer(application.log, key_of(name)).step()


@pytest.fixture
async def taken(gateway: Gateway, tmp_path: Path) -> AsyncIterator[Taken]:
    town = Town(gateway, tmp_path)
    counter = Counter(town.offices["intake"], tmp_path)
    case = counter.candidate()
    seal(town, "intake")
    counter.evaluate(case)
    seal(town, "intake")
    counter.communicate(case)
    counter.basic(case, "UpdateBasicIdentification", surnames="Quesada Tapia", version_reason="update")
    town.tell("intake", "profiling", "assistance", "inventory")
    town.report("intake")
    seal(town)
    api = await town.staff("auditor")
    answer = await api.send("GET", f"/api/cases/{case}/evidence")
    assert answer.status_code == 200, answer.text
    yield Taken(town, case, answer.content, tmp_path)
    await town.close()


def resealed(files: dict[str, bytes]) -> bytes:
    """The pack that somebody makes of other files, with an index of them that is right."""
    kept = {name: content for name, content in files.items() if name not in (verificar.INDEX, verificar.SEAL)}
    index = json.loads(files[verificar.INDEX])
    index["archivos"] = {name: sha256(content).hexdigest() for name, content in kept.items()}
    raw = written(index)
    return verificar.packed(
        {**kept, verificar.INDEX: raw, verificar.SEAL: f"{sha256(raw).hexdigest()}  {verificar.INDEX}\n".encode()}
    )


async def test_a_pack_verifies_without_the_system_by_its_own_program(taken: Taken) -> None:
    """X-19: on its own interpreter, with nothing of ours to import; the same case gives a consistent pack each time."""
    place = taken.folder / "otro"
    place.mkdir()
    with zipfile.ZipFile(io.BytesIO(taken.pack)) as pack:
        pack.extractall(place)
    keys = taken.folder / "publicadas.pub"
    keys.write_text("".join(f"{key_of(name).verifier.text}\n" for name in HOLDERS))
    (taken.folder / "p.zip").write_bytes(taken.pack)
    for path in (taken.folder / "p.zip", place):
        done = subprocess.run(
            [sys.executable, "-I", str(place / "verificar.py"), str(path), "--clave", str(keys)],
            cwd=taken.folder,
            env={},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "VEREDICTO: CONSISTENTE SIN TESTIGO" in done.stdout and "sin comprobar" in done.stdout
        assert "de quién son las claves" not in done.stdout


async def test_it_holds_the_timeline_the_events_the_proofs_and_the_versions(taken: Taken) -> None:
    """X-19"""
    files = taken.files
    timeline = json.loads(files["linea-de-tiempo.json"])
    assert files["linea-de-tiempo.pdf"].startswith(b"%PDF")
    log = taken.town.offices["intake"].application.log
    stored = {entry.sequence: entry.state for entry in log.of_aggregate(UUID(taken.case))}
    assert {name: files[f"eventos/intake/{name}.guardado"] for name in stored} == stored
    assert {line["id"].partition(":")[0] for line in timeline["eventos"]} >= {"intake", "profiling"}
    assert all(f"pruebas/{line['id'].replace(':', '/')}.tlog-proof" in files for line in timeline["eventos"])
    # The first seals of the log stand beside the last one: they say how soon each fact was sealed.
    assert len([name for name in files if name.startswith("puntos-de-control/intake/") and name.endswith(".txt")]) == 3
    assert any(name.startswith("catalogo/criteria/DE-017/") for name in files)
    assert any(name.startswith("catalogo/procedure/PR-156/") for name in files)
    papers = json.loads(files["documentos/indice.json"])
    assert any(paper["event"] for paper in papers) and all(paper["file"] is None for paper in papers)


async def test_no_personal_value_is_in_it_in_the_clear_unless_asked_for_with_the_right(taken: Taken) -> None:
    """X-12, X-19, SOD-9: masked by default; the auditor may ask for class i, and for no class p, r, m."""
    plain = [ROSALBA["surnames"], ROSALBA["names"], "52123456", "52.123.456", "3991234567", "rosalba@example.org"]
    assert [value for value in plain for content in taken.files.values() if value.encode() in content] == []
    api = await taken.town.staff("auditor")
    head = taken.town.head()
    answer = await api.send("GET", f"/api/cases/{taken.case}/evidence", params={"classes": "ir"})
    with zipfile.ZipFile(io.BytesIO(answer.content)) as pack:
        told = "".join(pack.read(name).decode() for name in pack.namelist() if name.endswith(".json"))
    assert ROSALBA["surnames"] in told and "rosalba@example.org" not in told
    noted = [(row["what"], row["act"], row["classes"]) for row in taken.town.log(head) if row["act"] == "evidence"]
    assert noted == [("personal_data_read", "evidence", "ir"), ("export", "evidence", None)]
    assert taken.verdict(answer.content)[0] == 0


async def test_only_who_the_policy_names_takes_it_and_each_time_is_noted(taken: Taken) -> None:
    """X-13, X-19, SOD-7"""
    for role in ("caseworker", "coordinator", "operations"):
        api = await taken.town.staff(role)
        head = taken.town.head()
        assert said(await api.send("GET", f"/api/cases/{taken.case}/evidence")) == (403, "NOT_AUTHORISED")
        assert "denied" in [row["what"] for row in taken.town.log(head)]
    api = await taken.town.staff("subdirector")
    assert (await api.send("GET", f"/api/cases/{taken.case}/evidence")).status_code == 200
    missing = await api.send("GET", "/api/cases/00000000-0000-4000-8000-000000000009/evidence")
    assert missing.status_code == 404
    wrong = await api.send("GET", f"/api/cases/{taken.case}/evidence", params={"classes": "z"})
    assert said(wrong) == (422, "PARAMETER_INVALID")


async def test_the_console_offers_it_to_them_alone(taken: Taken) -> None:
    """X-19"""
    admin = await taken.town.admin()
    for role, offered in (("auditor", True), ("caseworker", False)):
        login, password, _ = await new_person(admin, f"ana.{role}", role)
        async with taken.town.gateway.client() as client:
            await enter(client, login, password)
            page = Page(await client.get(f"/casos/{taken.case}"))
            assert ("Descargar la evidencia" in page.text) is offered
            if offered:
                token = page.fields["_csrf"]
                form = {"_csrf": token, "documentos": "1"}
                answer = await client.post(f"/casos/{taken.case}/evidencia", data=form)
                assert answer.status_code == 200 and answer.headers["content-type"] == "application/zip"
                assert taken.verdict(answer.content)[0] == 0
                with zipfile.ZipFile(io.BytesIO(answer.content)) as pack:
                    papers = json.loads(pack.read("documentos/indice.json"))
                assert any(paper["file"] for paper in papers)


async def test_a_changed_byte_anywhere_is_found(taken: Taken) -> None:
    """X-19: in the ZIP at random and in each of its files; the pack as it was gives no alarm."""
    draw = Random(20261121)
    assert taken.verdict()[0] == 0
    for _ in range(250):
        changed, at = bytearray(taken.pack), draw.randrange(len(taken.pack))
        changed[at] ^= 1 << draw.randrange(8)
        assert taken.verdict(bytes(changed))[0] == 6, at
    place = taken.folder / "extraido"
    with zipfile.ZipFile(io.BytesIO(taken.pack)) as pack:
        pack.extractall(place)
    assert verdict_of(place)[0] == 0
    for name, content in taken.files.items():
        changed, at = bytearray(content), draw.randrange(len(content))
        changed[at] ^= 1 << draw.randrange(8)
        (place / name).write_bytes(bytes(changed))
        code, verdict = verdict_of(place)
        assert code == 6 and verdict.startswith("ROTO"), (name, at, verdict)
        (place / name).write_bytes(content)
    for name, change in (("eventos/intake/sobra.json", True), ("linea-de-tiempo.pdf", False)):
        kept = (place / name).read_bytes() if not change else b""
        (place / name).write_bytes(b"{}") if change else (place / name).unlink()
        assert verdict_of(place)[0] == 6
        (place / name).unlink() if change else (place / name).write_bytes(kept)
    assert verdict_of(place)[0] == 0


def _event(files: dict[str, bytes]) -> str:
    return sorted(name for name in files if name.startswith("eventos/intake/") and name.endswith(".guardado"))[-1]


def _another_day(files: dict[str, bytes]) -> None:
    name = _event(files)
    body = json.loads(files[name])
    body["m"]["on"] = "2026-01-01"
    files[name] = json.dumps(body, separators=(",", ":")).encode()


def _another_reading(files: dict[str, bytes]) -> None:
    for name in (each for each in files if each.startswith("eventos/intake/") and each.endswith(".json")):
        shown = json.loads(files[name])
        for key, value in shown["datos"].items():
            if isinstance(value, str) and value.startswith("2026-"):
                shown["datos"][key] = "2026-02-02"
                files[name] = written(shown)
                return


def _another_line(files: dict[str, bytes]) -> None:
    timeline = json.loads(files["linea-de-tiempo.json"])
    timeline["eventos"][0]["happened_on"] = "2026-01-01"
    files["linea-de-tiempo.json"] = written(timeline)


def _a_line_less(files: dict[str, bytes]) -> None:
    timeline = json.loads(files["linea-de-tiempo.json"])
    timeline["eventos"].pop()
    files["linea-de-tiempo.json"] = written(timeline)


def _an_event_less(files: dict[str, bytes]) -> None:
    """One out of the middle, with all that told of it."""
    log, number = sorted((name for name in files if name.endswith(".guardado") and "/intake/" in name), key=len)[
        1
    ].split("/")[1:]
    number = number.removesuffix(".guardado")
    for name in (
        f"eventos/{log}/{number}.guardado",
        f"eventos/{log}/{number}.json",
        f"pruebas/{log}/{number}.tlog-proof",
    ):
        files.pop(name)
    timeline = json.loads(files["linea-de-tiempo.json"])
    timeline["eventos"] = [each for each in timeline["eventos"] if each["id"] != f"{log}:{number}"]
    files["linea-de-tiempo.json"] = written(timeline)


def _swapped(files: dict[str, bytes]) -> None:
    first, second = sorted(name for name in files if name.startswith("pruebas/intake/"))[:2]
    files[first], files[second] = files[second], files[first]


def _another_signer(files: dict[str, bytes]) -> None:
    for name in (each for each in files if each.startswith("puntos-de-control/intake/") and each.endswith(".txt")):
        note = Note.parse(files[name])
        signature = Signature("impulso/intake", key_of("intake").verifier.id, Signer("x", bytes(32)).sign(note.text))
        files[name] = Note(note.text, (signature,)).encode()


@pytest.mark.parametrize(
    "change",
    [_another_day, _another_reading, _another_line, _a_line_less, _an_event_less, _swapped, _another_signer],
    ids=lambda change: change.__name__.strip("_"),
)
async def test_who_rewrites_the_index_too_does_not_pass(taken: Taken, change: Any) -> None:
    """X-19: the hashes of the index are made anew; the seals of the log are not."""
    files = taken.files
    change(files)
    code, verdict = taken.verdict(resealed(files))
    assert (code, verdict.partition(":")[0]) == (6, "ROTO"), verdict
    assert taken.verdict(resealed(taken.files))[0] == 0


async def test_two_histories_of_one_log_are_divergent(taken: Taken) -> None:
    """X-19: another root for the same size under the log's own key; and a point from elsewhere that excludes ours."""
    files = taken.files
    name = sorted(each for each in files if each.startswith("puntos-de-control/intake/") and each.endswith(".txt"))[0]
    kept = Checkpoint.parse(Note.parse(files[name]).text)
    other = Checkpoint(kept.origin, kept.size, sha256(b"otra").digest()).note.signed(key_of("intake")).encode()
    assert taken.verdict(resealed({**files, name: other}))[1].startswith("DIVERGENTE")
    point = taken.folder / "punto.txt"
    point.write_bytes(other)
    assert taken.verdict(None, "--punto", str(point))[1].startswith("DIVERGENTE")
    point.write_bytes(files[name])
    assert taken.verdict(None, "--punto", str(point))[0] == 0


async def test_keys_from_outside_decide_who_sealed(taken: Taken) -> None:
    """X-19: under other keys than those of the pack nothing counts as sealed; a text that is no key is refused."""
    other = Signer("impulso/intake", bytes(32)).verifier.text
    code, verdict = taken.verdict(None, "--clave", other)
    assert (code, verdict.partition(":")[0]) == (6, "SIN SELLAR")
    with pytest.raises(SystemExit) as refused:
        taken.verdict(None, "--clave", "ninguna")
    assert refused.value.code == 2


async def test_what_is_not_sealed_yet_is_counted(taken: Taken) -> None:
    """X-19: a fact after the last checkpoint goes along without a proof, and the verdict says so."""
    counter = Counter(taken.town.offices["intake"], taken.folder)
    counter.app.log_keys = ()
    counter.basic(taken.case, "UpdateBasicIdentification", surnames="Tercera Vez", version_reason="update")
    api = await taken.town.staff("auditor")
    answer = await api.send("GET", f"/api/cases/{taken.case}/evidence")
    keys = [key_of(name).verifier.text for name in HOLDERS]
    code, verdict = taken.verdict(answer.content, *(each for key in keys for each in ("--clave", key)))
    assert (code, verdict.partition(" eventos")[0]) == (6, "SIN SELLAR: 1")


async def test_cosigned_checkpoints_are_witnessed(taken: Taken) -> None:
    """X-19: n of the m witnesses that are named, the least of all logs."""
    files = {}
    for name, content in taken.files.items():
        if name.startswith(("puntos-de-control/", "pruebas/")) and not name.endswith(".json"):
            above, _, note = content.partition(b"\n\n") if name.startswith("pruebas/") else (b"", b"", content)
            cosigned = Note.parse(note).signed(WITNESS, 1_800_000_000).encode()
            content = above + b"\n\n" + cosigned if above else cosigned
        files[name] = content
    keys = [key_of(name).verifier.text for name in HOLDERS]
    asked = [each for key in [*keys, WITNESS.verifier.text] for each in ("--clave", key)]
    assert taken.verdict(resealed(files), *asked) == (0, "ATESTIGUADO 1/1")
    absent = Signer("otro.example", bytes(range(1, 33)), Kind.WITNESS).verifier.text
    assert taken.verdict(resealed(files), *asked, "--clave", absent) == (0, "ATESTIGUADO 1/2")
    assert taken.verdict(None, *asked) == (0, "CONSISTENTE SIN TESTIGO")


async def test_after_an_erasure_it_still_verifies_and_shows_what_is_left(taken: Taken) -> None:
    """X-12, X-19: the proof is of the ciphertext."""
    intake = taken.town.offices["intake"].application
    intake.keys.destroy(intake.loader.get(Case, UUID(taken.case)).candidate_id, "i")
    api = await taken.town.staff("auditor")
    answer = await api.send("GET", f"/api/cases/{taken.case}/evidence", params={"classes": "i"})
    assert taken.verdict(answer.content)[0] == 0
    with zipfile.ZipFile(io.BytesIO(answer.content)) as pack:
        assert ROSALBA["surnames"].encode() not in b"".join(pack.read(name) for name in pack.namelist())


def test_the_verifier_is_one_short_file_that_needs_nothing_of_ours() -> None:
    """X-19: the standard library and `cryptography`, at most 300 lines, and no network."""
    text = PROGRAM.read_text("utf-8")
    assert len(text.splitlines()) <= 300
    imported = set()
    for each in ast.walk(ast.parse(text)):
        if isinstance(each, ast.Import):
            imported |= {name.name.partition(".")[0] for name in each.names}
        elif isinstance(each, ast.ImportFrom):
            assert each.level == 0
            imported.add(str(each.module).partition(".")[0])
    assert imported - set(sys.stdlib_module_names) == {"cryptography"}
    assert imported & {"socket", "urllib", "http", "ssl", "subprocess", "importlib"} == set()
    assert not any(word in text for word in ("eval(", "exec(", "__import__"))


async def test_a_pack_goes_below_the_checkpoint_that_a_witness_cosigned(taken: Taken) -> None:
    """X-19: of a log that a witness has seen, all proofs are below what it saw, with its signature."""
    for name in HOLDERS:
        log = taken.town.offices[name].application.log
        last = SealedLog(log).last()
        if last is None:
            continue
        note = last.note.signed(WITNESS, 1_800_000_000).encode().decode()
        row = {"number": last.number, "witness": "testigo.example", "size": last.size, "note": note, "signed_at": 1}
        with log.database.write() as connection:
            connection.execute(cosignatures.insert().values(row))
    api = await taken.town.staff("auditor")
    answer = await api.send("GET", f"/api/cases/{taken.case}/evidence")
    keys = [*(key_of(name).verifier.text for name in HOLDERS), WITNESS.verifier.text]
    asked = [each for key in keys for each in ("--clave", key)]
    assert taken.verdict(answer.content, *asked) == (0, "ATESTIGUADO 1/1")
