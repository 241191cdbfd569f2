"""What every container may and holds: no right of root, no secret but its own, nothing spoken in the clear."""

from __future__ import annotations

from pathlib import Path

from tests.containers.stack import OURS, SERVICES, Stack


def test_no_container_can_change_its_own_files_or_holds_a_right_of_root(stack: Stack) -> None:
    for name, one in stack.containers().items():
        host = one["HostConfig"]
        assert host["ReadonlyRootfs"], name
        assert host["CapDrop"] == ["ALL"], name
        added = {right.removeprefix("CAP_") for right in host["CapAdd"] or []}
        assert added == ({"NET_BIND_SERVICE"} if name == "caddy" else set()), name
        assert host["SecurityOpt"] == ["no-new-privileges:true"], name
        assert not host["Privileged"], name
        assert host["Memory"] > 0 and host["NanoCpus"] > 0 and host["PidsLimit"] > 0, name
        if name != "caddy":
            assert one["Config"]["User"] not in ("", "root", "0"), name


def test_our_processes_are_nobody_special_and_carry_nothing_that_installs_or_builds(stack: Stack) -> None:
    for name in OURS:
        assert stack.containers()[name]["Config"]["User"] == "10001:10001"
    found = stack.compose("exec", "-T", "intake", "sh", "-c", "ls /opt/impulso/bin; command -v gcc npm node; id -u")
    assert found.split()[-1] == "10001"
    assert not {"pip", "gcc", "npm", "node"} & {Path(each).name for each in found.split()}
    held = stack.compose("exec", "-T", "intake", "find", "/opt/impulso", "-type", "d", "-name", "tests").split()
    assert [place for place in held if "/nameko/" not in place] == []


def test_no_secret_is_in_an_environment_and_each_container_is_given_its_own_alone(stack: Stack) -> None:
    secrets = stack.secrets()
    of_services = {kind: {f"{name}_{kind}" for name in OURS} for kind in ("app_password", "owner_password")}
    expected = {
        **{
            name: {"rabbitmq_password", f"{name}_app_password", f"{name}_master_key", f"{name}_log_key"}
            for name in SERVICES
        },
        "reporting": {
            "rabbitmq_password",
            "reporting_app_password",
            "reporting_master_key",
            "reporting_log_key",
            "witness_key",
        },
        "gateway": {
            "rabbitmq_password",
            "gateway_app_password",
            "gateway_master_key",
            "gateway_log_key",
            "signing_key",
            "admin_password",
        },
        "migrate": of_services["owner_password"],
        "postgres": {"postgres_password", *of_services["app_password"], *of_services["owner_password"]},
        "rabbitmq": set(),
        "caddy": set(),
    }
    for name, one in stack.containers().items():
        told = "\n".join([*one["Config"]["Env"], *(one["Config"]["Cmd"] or []), *one["Args"]])
        assert [each for each, value in secrets.items() if value in told] == [], name
        files = {Path(mount["Source"]).name for mount in one["Mounts"] if "/secrets/" in mount["Source"]}
        assert files & secrets.keys() == expected[name], name
        assert "ca.key" not in files


def test_database_and_broker_speak_over_tls_alone_and_are_verified(stack: Stack) -> None:
    plain = (
        "import psycopg, sys\n"
        "password = open('/run/secrets/database_password').read().strip()\n"
        "for how in ('sslmode=disable', 'sslmode=verify-full sslrootcert=system', 'sslmode=verify-full'\n"
        "            ' sslrootcert=/run/secrets/ca.crt'):\n"
        "    try:\n"
        "        psycopg.connect(f'host=postgres dbname=intake user=intake_app password={password} {how}').close()\n"
        "        print('open')\n"
        "    except psycopg.OperationalError as error:\n"
        "        print('refused')\n"
    )
    said = stack.compose("exec", "-T", "intake", "python", "-c", plain)
    assert said.split() == ["refused", "refused", "open"]
    broker = (
        "from shared.runtime.rabbit import connect, BROKER_ERRORS\n"
        "from shared.runtime.settings import address\n"
        "url = address('IMPULSO_AMQP_URL', 'IMPULSO_AMQP_PASSWORD')\n"
        "bare = url.partition('?')[0]\n"
        "for one in (bare.replace('amqps', 'amqp').replace('5671', '5672'), bare, url):\n"
        "    try:\n"
        "        connect(one).close()\n"
        "        print('open')\n"
        "    except BROKER_ERRORS:\n"
        "        print('refused')\n"
    )
    said = stack.compose("exec", "-T", "intake", "python", "-c", broker)
    assert said.split() == ["refused", "refused", "open"]
