"""`impulso doctor` on a whole system: running, half gone, or stopped; each breakage by its code, with exit code 6."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from typer.testing import CliRunner

from services.gateway.tokens import TokenIssuer
from shared.cli.exits import Exit
from shared.cli.main import app
from shared.cli.system import edge, install_office
from shared.delivery.follower import State
from shared.eventstore.database import Database
from shared.privacy.keys import MasterKey
from shared.runtime.tokens import TokenVerifier

SOUND = int(Exit.OK)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("doctor") / "data"


@pytest.fixture(scope="module")
def system(data: Path) -> Iterator[Any]:
    local = edge("local")(data)
    local.start()
    install_office(local)
    yield local
    local.stop()


def doctor(*arguments: str) -> tuple[int, list[tuple[str, str]]]:
    """The exit code, and each finding's service and code; each has a sentence and a cure."""
    done = CliRunner().invoke(app, ["doctor", "--json", *arguments])
    document = json.loads(done.stdout)
    assert document["sound"] == (done.exit_code == SOUND), done.stdout
    assert all(one["text"] and one["cure"] for one in document["findings"])
    return done.exit_code, [(one["service"], one["code"]) for one in document["findings"]]


def test_a_sound_system_has_nothing_to_cure(system: Any) -> None:
    assert doctor("--data", str(system.data)) == (SOUND, [])


def test_a_service_that_knows_another_signing_key(system: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    stranger = TokenVerifier(TokenIssuer.generate().public_keys(), "profiling")
    monkeypatch.setattr(system.host.desks["profiling"]._reception, "_verify", stranger.verify)
    assert doctor("--data", str(system.data)) == (Exit.UNSOUND, [("profiling", "SIGNING_KEY_MISMATCH")])


def test_followers_that_stopped_or_wait(system: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for upstream, state in (("intake", State.STOPPED), ("assistance", State.WAITING)):
        follower = system.host.followers["profiling", upstream]
        # Threads of its own would set it right again.
        monkeypatch.setattr(follower, "tick", lambda: 0)
        monkeypatch.setattr(follower, "pull", lambda: 0)
        monkeypatch.setattr(follower, "state", state)
    code, found = doctor("--data", str(system.data))
    assert (code, set(found)) == (Exit.UNSOUND, {("profiling", "FOLLOWER_STOPPED"), ("profiling", "FOLLOWER_WAITING")})


def test_a_service_that_does_not_answer_and_all_of_them(system: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(name: str) -> None:
        answer = {"refusal": {"code": "STORE_UNAVAILABLE", "status": 503, "text": "", "parameters": {}}}
        monkeypatch.setattr(system.host.desks[name], "query", lambda _payload: answer)

    gone("inventory")
    assert doctor("--data", str(system.data)) == (Exit.UNSOUND, [("inventory", "SERVICE_AWAY")])
    for name in system.host.desks:
        gone(name)
    code, found = doctor("--data", str(system.data))
    assert (code, found[0]) == (Exit.UNSOUND, ("rabbitmq", "BROKER_AWAY"))


def test_a_system_that_does_not_answer() -> None:
    arguments = ("--url", "http://127.0.0.1:1", "--user", "operacion", "--password", "x")
    assert doctor(*arguments) == (Exit.UNSOUND, [("gateway", "SYSTEM_AWAY")])


def test_a_stopped_folder_is_examined_and_the_cures_cure(tmp_path: Path) -> None:
    data = tmp_path / "data"
    local = edge("local")(data)
    local.start()
    install_office(local)
    local.stop()
    where = ("--data", str(data))
    assert doctor(*where) == (SOUND, [])
    database = Database(f"sqlite:///{data / 'intake' / 'events.db'}", pool_size=1)
    with database.write() as connection:
        connection.exec_driver_sql("DROP TRIGGER events_refuse_delete")
    database.close()
    assert doctor(*where) == (Exit.UNSOUND, [("intake", "GUARD_MISSING")])
    assert CliRunner().invoke(app, ["migrate", "intake", *where]).exit_code == 0
    assert doctor(*where) == (SOUND, [])
    key = (data / "master.key").read_bytes()
    (data / "master.key").unlink()
    MasterKey.create(data / "master.key")
    code, found = doctor(*where)
    assert (code, {each for _, each in found}) == (Exit.UNSOUND, {"MASTER_KEY_WRONG"})
    (data / "master.key").write_bytes(key)
    assert doctor(*where) == (SOUND, [])


@pytest.mark.parametrize(("trusted", "code"), [(True, "CERTIFICATE_EXPIRES"), (False, "CERTIFICATE_EXPIRED")])
def test_a_certificate_that_ends_soon_or_does_not_hold(
    trusted: bool, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = tmp_path / "server.crt"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, _issue(certificate, days=3))
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                plain, _ = listener.accept()
            except OSError:
                return
            try:
                context.wrap_socket(plain, server_side=True).close()
            except OSError:
                plain.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    try:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        _, found = doctor("--url", url, "--user", "operacion", "--password", "x")
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(60)
    assert ("caddy", code) in found


def _issue(certificate: Path, *, days: int) -> Path:
    """A certificate for this machine that signs itself; the file of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    path = certificate.with_suffix(".key")
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path
