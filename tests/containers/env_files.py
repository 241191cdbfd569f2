"""`make env`: what it writes, and that it never loses a key. Run by ``.ci/run`` alone: it looks for Docker."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest

from shared.runtime.log_keys import log_signer, public_keys, witness_signer
from tests.containers.stack import OURS, ROOT, Failed, Stack


def test_without_make_env_compose_refuses_and_says_what_to_do(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    done = subprocess.run(
        ["docker", "compose", "--env-file", str(empty), "config", "--quiet"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode != 0
    assert "make env" in done.stderr


def _written(stack: Stack) -> dict[Path, bytes]:
    files = [path for path in stack.secrets_folder.rglob("*") if path.is_file()]
    return {path: path.read_bytes() for path in (stack.env_file, *files)}


def test_make_env_writes_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    one, other = Stack(tmp_path), Stack(tmp_path / "other")
    other.env_file.parent.mkdir()
    one.make_env()
    assert stat.S_IMODE(one.secrets_folder.stat().st_mode) == 0o700
    written = _written(one)
    one.make_env()
    assert _written(one) == written
    other.make_env()
    mine, theirs = one.secrets(), other.secrets()
    assert len(mine) == 29
    assert all(mine[name] != theirs[name] for name in mine)
    said = one.env_file.read_text("utf-8")
    assert [name for name, value in mine.items() if value in said] == []
    one.secrets_folder.chmod(0o755)
    with pytest.raises(Failed, match="chmod 700"):
        one.make_env()


def test_make_env_does_not_replace_lost_keys_by_new_ones(tmp_path: Path) -> None:
    one = Stack(tmp_path)
    one.make_env()
    (one.secrets_folder / "intake_master_key").unlink()
    with pytest.raises(Failed, match="intake_master_key"):
        one.make_env()
    one.secrets_folder.rename(tmp_path / "moved")
    with pytest.raises(Failed, match="Restore it from its copy"):
        one.make_env()
    assert not one.secrets_folder.exists()


def test_make_env_gives_an_installation_of_before_the_keys_of_its_logs_once(tmp_path: Path) -> None:
    one = Stack(tmp_path)
    one.make_env()
    made = [*one.secrets_folder.glob("*_log_key"), one.secrets_folder / "log_keys"]
    assert len(made) == 7
    for path in made:
        path.unlink()
    before = one.secrets()
    one.make_env()
    assert before.items() < one.secrets().items()
    pinned = public_keys(one.secrets_folder / "log_keys")
    secret_halves = {name: {"IMPULSO_LOG_KEY": one.secrets()[f"{name}_log_key"]} for name in OURS}
    signers = [log_signer(name, environ) for name, environ in secret_halves.items()]
    signers.append(witness_signer({"IMPULSO_WITNESS_KEY": one.secrets()["witness_key"]}))
    assert sorted(pinned, key=str) == sorted((each.verifier for each in signers if each), key=str)
    (one.secrets_folder / "intake_log_key").unlink()
    with pytest.raises(Failed, match="intake_log_key"):
        one.make_env()


def test_make_env_takes_over_what_an_older_one_wrote_into_the_environment(tmp_path: Path) -> None:
    one = Stack(tmp_path)
    signing = '{"kty":"OKP","crv":"Ed25519","x":"x","d":"d","kid":"k"}'
    one.env_file.write_text(
        f"IMPULSO_SITE=casos.example.org\nINTAKE_MASTER_KEY={'ab' * 32}\nIMPULSO_SIGNING_KEY='{signing}'\n", "utf-8"
    )
    one.make_env()
    assert one.secrets()["intake_master_key"] == "ab" * 32
    assert one.secrets()["signing_key"] == signing
    said = one.env_file.read_text("utf-8")
    assert "IMPULSO_SITE=casos.example.org" in said
    assert "MASTER_KEY" not in said and "SIGNING_KEY" not in said


def test_certificates_name_the_domain_and_are_issued_anew_when_it_changes(tmp_path: Path) -> None:
    one = Stack(tmp_path)
    one.make_env()
    before = {name: (one.secrets_folder / name).read_bytes() for name in ("ca.crt", "postgres.crt", "rabbitmq.crt")}
    one.env_file.write_text(one.env_file.read_text("utf-8").replace("IMPULSO_SITE=:80", "IMPULSO_SITE=a.example.org"))
    one.make_env()
    after = {name: (one.secrets_folder / name).read_bytes() for name in before}
    assert [name for name in before if before[name] != after[name]] == ["rabbitmq.crt"]
    shown = subprocess.run(
        ["openssl", "x509", "-noout", "-ext", "subjectAltName"], input=after["rabbitmq.crt"], capture_output=True
    )
    assert b"DNS:a.example.org" in shown.stdout
