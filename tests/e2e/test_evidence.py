"""The past and the evidence of whole cases, on the running system: as of any date, and packs that verify offline."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from shared.audit.offline import verificar
from shared.runtime.log_keys import FOLDER
from tests.e2e.canaries import SHORTEST, Canaries
from tests.e2e.conftest import Demo


def verified(path: Path, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, str]:
    code = verificar.main([str(path), "--json", *more])
    return code, str(json.loads(capsys.readouterr().out)["veredicto"])


def test_the_pack_of_every_story_is_consistent(demo: Demo, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """X-19: 0 false alarms; sealed by every service that knows the case, under the keys that the folder pins."""
    auditor = demo.staff["auditora"]
    public = [str(path) for path in sorted((demo.served.data / FOLDER).glob("*.pub"))]
    keys = [each for path in public for each in ("--clave", path)]
    for number, case in enumerate(sorted({str(each) for each in demo.document["case_ids"]})):
        path = tmp_path / f"{number}.zip"
        path.write_bytes(auditor.download(f"/api/cases/{case}/evidence"))
        code, verdict = verified(path, capsys, *keys)
        assert code == 0, (case, verdict)
    with zipfile.ZipFile(io.BytesIO(auditor.download(f"/api/cases/{demo.case('returned')}/evidence"))) as pack:
        timeline = json.loads(pack.read("linea-de-tiempo.json"))["eventos"]
        plain = b"".join(pack.read(name) for name in pack.namelist())
    assert {line["id"].partition(":")[0] for line in timeline} == {
        "intake", "profiling", "assistance", "inventory", "reporting",
    }  # fmt: skip
    values = ((label, value) for person in demo.people for label, value in person.canaries().items())
    assert Canaries((label, value) for label, value in values if len(value) >= SHORTEST).found_in(plain) == []


def test_the_command_line_writes_a_pack_with_documents(demo: Demo, tmp_path: Path, capsys: Any) -> None:
    """X-19"""
    path = tmp_path / "evidencia.zip"
    case = demo.case("returned")
    refused = demo.served.run("evidence", case, "-o", str(path))
    assert refused.returncode == 3 and "Se lo puede llevar" in refused.stdout and not path.exists()
    password = demo.served.passwords().get("auditora")
    asked = ("--user", "auditora", "--password", password) if password else None
    if asked is None:
        path.write_bytes(demo.staff["auditora"].download(f"/api/cases/{case}/evidence?documents=true"))
    else:
        done = demo.served.run("evidence", case, "-o", str(path), "--documents", *asked)
        assert done.returncode == 0, done.stdout + done.stderr
    with zipfile.ZipFile(path) as pack:
        papers = json.loads(pack.read("documentos/indice.json"))
    assert any(paper["file"] for paper in papers) and any(paper["event"] for paper in papers)
    assert verified(path, capsys)[0] == 0


def test_a_case_is_told_as_of_each_of_its_own_moments(demo: Demo) -> None:
    """X-17: the states that it passed through, from the first to the last; now it is what its page says."""
    api, case = demo.staff["coordinadora"], demo.case("returned")
    lines = list(api.pages(f"/api/cases/{case}/timeline", limit=100))
    page = api.get(f"/api/cases/{case}")
    now = api.get(f"/api/cases/{case}/as-of")
    assert (now["state"], now["tracks"], now["left_out"]) == (page["state"], page["tracks"], [])
    assert [(row["label"], row["value"]) for row in now["facts"]] == [
        (row["label"], row["value"]) for row in page["facts"]
    ]
    states = []
    for kind in ("CandidateIdentified", "ProfileApproved", "OfferAccepted", "HandoverAccepted"):
        moment = next(line["recorded_at"] for line in lines if line["type"] == kind)
        moment = moment[:-6] + "999" + moment[-6:]
        states.append(api.get(f"/api/cases/{case}/as-of", known_by=moment)["state"])
    assert states == ["identified", "profile_approved", "accepted", "in_assistance"]


def test_the_command_line_tells_the_past_and_what_changed(demo: Demo) -> None:
    """X-17: of a case, and of the balances of the warehouse."""
    case = demo.case("returned")
    done = demo.served.run("as-of", case, "--happened-by", "2020-01-01")
    assert done.returncode == 0 and json.loads(done.stdout)["exists"] is False
    done = demo.served.run("as-of", case, "--from-happened-by", "2020-01-01")
    found = json.loads(done.stdout)
    assert found["difference"]["words"][0].startswith("El estado pasa de «aún no hay caso» a")
    stock = json.loads(demo.served.run("as-of", "--from-happened-by", "2020-01-01").stdout)
    assert stock["items"] and stock["difference"]["words"]
    board = json.loads(demo.served.run("as-of", "--board", "--from-happened-by", "2020-01-01").stdout)
    changed = {each["block"]: each for each in board["difference"]["fields"]}
    assert board["total"] and changed["funnel"]["before"] == 0 and "activities" in changed
    now = demo.staff["coordinadora"].get("/api/board")
    assert board["blocks"]["funnel"] == now["blocks"]["funnel"]
    wrong = demo.served.run("as-of", case, "--known-by", "2999-01-01")
    assert wrong.returncode == 3 and json.loads(wrong.stdout)["error"]["code"] == "PARAMETER_INVALID"


def test_the_command_line_evaluates_again_under_another_version(demo: Demo) -> None:
    """CAT-09: the version in force itself changes nobody, and no case has an event of it."""
    case = demo.case("returned")
    before = demo.staff["coordinadora"].get(f"/api/cases/{case}")["versions"]
    done = demo.served.run("re-evaluate", "1", "--case", case, "--as-of", "2026-10-15")
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert (found["looked_at"], found["changed"]) == (1, 0)
    assert demo.staff["coordinadora"].get(f"/api/cases/{case}")["versions"] == before
    assert demo.served.run("re-evaluate", "1").returncode == 2
