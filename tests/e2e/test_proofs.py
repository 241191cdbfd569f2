"""Proofs leave the system by its API and are checked without it, with the public keys and nothing else."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from shared.audit.checkpoints import Checkpoint
from shared.audit.encoding import from_base64
from shared.audit.merkle import verify_consistency
from shared.audit.notes import Note
from shared.audit.proof_file import ProofFile
from shared.catalogue.commands import SERVICES
from shared.cli.api import Api, Refused
from shared.cli.exits import Exit
from shared.cli.main import app
from shared.runtime.log_keys import folder_keys
from tests.e2e.conftest import Demo
from tests.waiting import until

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def auditor(demo: Demo) -> Api:
    """The demonstration's auditor, once every log is cosigned to its end."""
    api = demo.staff["auditora"]
    for name in SERVICES:

        def done(name: str = name) -> bool:
            found = api.get(f"/api/audit/{name}/checkpoint")
            return found["cosigned"] is not None and found["cosigned"]["size"] == found["size"]

        until(done, f"{name} is cosigned", 60)
    return api


@pytest.fixture(scope="module")
def keys(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The public keys, copied away from the system."""
    folder: Path = tmp_path_factory.mktemp("keys")
    for path in (demo.served.data / "log-keys").glob("*.pub"):
        shutil.copy(path, folder)
    assert len(folder_keys(folder)) == 7
    return folder


def run(*arguments: str) -> tuple[int, dict[str, Any]]:
    done = CliRunner().invoke(app, [*arguments, "--json"])
    document: dict[str, Any] = json.loads(done.stdout)
    return done.exit_code, document


def test_a_checkpoint_of_every_log_is_signed_and_cosigned(auditor: Api, keys: Path) -> None:
    pinned = folder_keys(keys)
    for name in SERVICES:
        found = auditor.get(f"/api/audit/{name}/checkpoint")
        signed = Note.parse(found["cosigned"]["note"].encode()).verify(pinned)
        assert [each.key.name for each in signed] == [f"impulso/{name}", "impulso/witness"]
        assert Checkpoint.parse(Note.parse(found["note"].encode()).text).size == found["size"]


def test_the_proof_of_every_event_of_a_case_is_checked_without_the_system(
    demo: Demo, auditor: Api, keys: Path, tmp_path: Path
) -> None:
    events = list(auditor.pages(f"/api/cases/{demo.case('delivered')}/timeline"))
    assert len(events) > 20
    for one in events[::5]:
        content = auditor.download(f"/api/audit/{one['service']}/events/{one['sequence']}")
        assert len(content) < 4096
        path = tmp_path / "event.tlog-proof"
        path.write_bytes(content)
        code, found = run("proof", "check", str(path), "--keys", str(keys))
        assert (code, found["verdict"]) == (Exit.OK, "ATESTIGUADO 1/1")
        event = found["event"]
        assert (event["log"], event["sequence"]) == (one["service"], one["sequence"])


def test_an_entry_of_the_access_log_is_proved_the_same_way_and_as_no_other_logs(
    auditor: Api, keys: Path, tmp_path: Path
) -> None:
    size = auditor.get("/api/audit/intake.access/checkpoint")["size"]
    path = tmp_path / "access.tlog-proof"
    path.write_bytes(auditor.download(f"/api/audit/intake.access/events/{size}"))
    code, found = run("proof", "check", str(path), "--keys", str(keys))
    assert code == Exit.OK and found["origin"].startswith("impulso/intake.access/")
    assert (found["event"]["log"], found["event"]["sequence"]) == ("intake.access", size)
    latest = auditor.get("/api/access/intake", what="audit_run")["items"][0]
    assert (latest["act"], latest["about"]) == ("audit.proof", f"intake.access:{size}")


def test_a_changed_byte_in_a_proof_is_found(auditor: Api, keys: Path, tmp_path: Path) -> None:
    content = auditor.download("/api/audit/intake/events/3")
    path = tmp_path / "event.tlog-proof"
    for at in range(0, len(content), 37):
        changed = bytearray(content)
        changed[at] ^= 1
        path.write_bytes(changed)
        code, found = run("proof", "check", str(path), "--keys", str(keys))
        # In the name of a witness: then nobody known cosigned, and that is said.
        assert code == Exit.UNSOUND or found["verdict"] == "CONSISTENTE SIN TESTIGO", at


def test_two_checkpoints_are_shown_to_be_one_history(auditor: Api) -> None:
    size = auditor.get("/api/audit/intake/checkpoint")["size"]
    roots = {}
    for each in (size // 2, size):
        proof = ProofFile.parse(auditor.download(f"/api/audit/intake/events/{each}"))
        roots[Checkpoint.parse(proof.note.text).size] = Checkpoint.parse(proof.note.text).root
    assert set(roots) == {size}
    found = auditor.get("/api/audit/intake/consistency", old=size // 2, new=size)
    assert len(found["proof"]) <= 64
    assert not verify_consistency(size // 2, size, roots[size], roots[size], [*map(from_base64, found["proof"])])
    assert auditor.get("/api/audit/intake/consistency", old=size, new=size)["proof"] == []
    for old, new in ((2, 1), (1, size + 1_000_000)):
        with pytest.raises(Refused) as refused:
            auditor.get("/api/audit/intake/consistency", old=old, new=new)
        assert refused.value.code == "FIELD_INVALID"


def test_the_papers_of_the_warehouse_have_their_proof(demo: Demo, auditor: Api, keys: Path, tmp_path: Path) -> None:
    """FO-110 and FO-128: the event that issued them."""
    papers = demo.staff["profesional"].get(f"/api/cases/{demo.case('delivered')}")["documents"]
    ours = {paper["code"]: paper["id"] for paper in papers if paper["code"] in ("FO-110", "FO-128")}
    assert set(ours) == {"FO-110", "FO-128"}
    for document in ours.values():
        path = tmp_path / f"{document}.tlog-proof"
        path.write_bytes(auditor.download(f"/api/audit/documents/{document}"))
        code, found = run("proof", "check", str(path), "--keys", str(keys))
        assert (code, found["event"]["log"]) == (Exit.OK, "inventory")
    with pytest.raises(Refused) as refused:
        auditor.download("/api/audit/documents/6f1c2a9e-3b1d-4c58-9a7e-0d2f5b8c4e11")
    assert refused.value.code == "NOT_FOUND"


def test_who_has_no_business_with_proofs_gets_none_and_what_is_not_sealed_has_none(demo: Demo, auditor: Api) -> None:
    with pytest.raises(Refused) as refused:
        demo.staff["psicosocial"].get("/api/audit/intake/checkpoint")
    assert refused.value.code == "NOT_AUTHORISED"
    with pytest.raises(Refused) as refused:
        auditor.download("/api/audit/intake/events/99999999")
    assert refused.value.code == "NOT_SEALED"
    assert httpx.get(f"{demo.served.url}/api/audit/nobody/checkpoint").status_code == 401


def test_whoever_keeps_checkpoints_elsewhere_is_told_whether_the_logs_go_on_from_them(
    demo: Demo, auditor: Api, keys: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    asked = ("proof", "watch", str(kept), "--keys", str(keys), "--url", demo.served.url)
    who = ("--user", "coordinacion", "--password", demo.served.passwords()["coordinacion"])
    for _ in range(2):
        code, found = run(*asked, *who)
        assert (code, found["consistent"]) == (Exit.OK, True)
        assert {one["log"] for one in found["logs"]} == {log for name in SERVICES for log in (name, f"{name}.access")}
    # What is kept is changed in its place: its own signature says so.
    (path,) = sorted((kept / "intake").glob("*.checkpoint"))[-1:]
    size = Checkpoint.parse(Note.parse(path.read_bytes()).text).size
    path.write_bytes(path.read_bytes().replace(f"\n{size}\n".encode(), f"\n{size + 5}\n".encode()))
    code, found = run(*asked, *who, "--service", "intake")
    assert (code, found["consistent"]) == (Exit.UNSOUND, False)


def test_the_commands_of_the_page_for_auditors_are_true(
    demo: Demo, auditor: Api, keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each line of its examples is run as it stands."""
    blocks = re.findall(r"```bash\n(.*?)```", (ROOT / "docs" / "auditors.md").read_text("utf-8"), re.DOTALL)
    lines = [line.split("#")[0].strip() for block in blocks for line in block.splitlines()]
    document = next(
        paper["id"]
        for paper in demo.staff["profesional"].get(f"/api/cases/{demo.case('delivered')}")["documents"]
        if paper["code"] == "FO-128"
    )
    words = {"https://impulso.ejemplo.gov.co": demo.served.url, "DOCUMENTO": document, "claves": str(keys)}
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IMPULSO_USER", "coordinacion")
    monkeypatch.setenv("IMPULSO_PASSWORD", demo.served.passwords()["coordinacion"])
    ran = 0
    for line in lines:
        for word, stands_for in words.items():
            line = line.replace(word, stands_for)
        if line.startswith("impulso "):
            done = CliRunner().invoke(app, line.split()[1:])
            assert done.exit_code == Exit.OK, f"{line}\n{done.output}"
            ran += 1
    assert ran >= 4
