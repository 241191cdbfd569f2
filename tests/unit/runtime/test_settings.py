"""A secret may come as a file, and what is told of a broker's certificate is checked."""

from __future__ import annotations

import logging
import ssl
from pathlib import Path

import pytest
import structlog

from shared.privacy.mounted import MOUNTED, guarded_by_its_mount
from shared.runtime import logs
from shared.runtime.rabbit import address_and_tls
from shared.runtime.settings import ConfigurationError, address, setting


def test_a_setting_comes_from_its_variable_or_from_the_file_that_its_twin_names(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from the file\n", "utf-8")
    assert setting("A", {"A": " value "}) == "value"
    assert setting("A", {"A_FILE": str(file)}) == "from the file"
    assert setting("A", {"A": "value", "A_FILE": str(file)}) == "value"
    assert setting("A", {}) == ""


def test_a_file_that_cannot_be_read_is_named_and_nothing_of_it_shown(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="A_FILE"):
        setting("A", {"A_FILE": str(tmp_path / "none")})


def test_a_password_from_a_file_goes_into_the_address_whatever_it_holds(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("p@ss/w:rd?%\n", "utf-8")
    environ = {"U": "postgresql+psycopg://app@db:5432/intake?sslmode=verify-full", "P_FILE": str(file)}
    assert (
        address("U", "P", environ)
        == "postgresql+psycopg://app:p%40ss%2Fw%3Ard%3F%25@db:5432/intake?sslmode=verify-full"
    )


@pytest.mark.parametrize("url", ["amqp://user:own@host/vhost", "sqlite:////var/x.db", "postgresql+psycopg://host/name"])
def test_an_address_with_a_password_or_without_a_user_stays_as_it_is(url: str) -> None:
    assert address("U", "P", {"U": url, "P": "other"}) == url


def test_a_missing_address_is_named() -> None:
    with pytest.raises(ConfigurationError, match="Falta la variable U"):
        address("U", "P", {"P": "secret"})


def test_amqps_is_verified_against_the_host_and_the_authority_and_amqp_stays_as_it_is() -> None:
    assert address_and_tls("amqp://u:p@host:5672/v") == ("amqp://u:p@host:5672/v", False)
    assert address_and_tls("amqps://u:p@host/v?cafile=/run/secrets/ca.crt") == (
        "amqp://u:p@host:5671/v",
        {"cert_reqs": ssl.CERT_REQUIRED, "server_hostname": "host", "ca_certs": "/run/secrets/ca.crt"},
    )
    assert address_and_tls("amqps://u:p@host:5700/v")[0] == "amqp://u:p@host:5700/v"


def test_only_a_file_of_the_containers_own_mount_is_trusted_whatever_its_mode() -> None:
    assert guarded_by_its_mount(MOUNTED / "master_key")
    assert not guarded_by_its_mount(Path("/srv/master_key"))
    assert not guarded_by_its_mount(MOUNTED / ".." / ".." / "srv" / "master_key")
    assert not guarded_by_its_mount(Path("run/secrets/master_key"))


def test_the_broker_library_never_logs_the_body_of_a_call_that_found_nobody() -> None:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    try:
        logs.configure("DEBUG")
        assert not logging.getLogger("aiormq.channel").isEnabledFor(logging.ERROR)
    finally:
        root.handlers[:] = before[0]
        root.setLevel(before[1])
        structlog.reset_defaults()
