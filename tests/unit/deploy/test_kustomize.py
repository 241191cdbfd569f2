"""What Kubernetes would be given: rendered and checked against its own schemas, without a cluster.

The checks of our own are what the schemas cannot say: that nothing runs with more than it needs, and that every name
that one object uses is the name of another.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from shutil import which
from typing import Any

import kubernetes_validate
import pytest
import yaml

from tests.required import required
from tests.unit.deploy.settings import declared

ROOT = Path(__file__).parents[3]
KUSTOMIZE = ROOT / "deploy/kustomize"
OVERLAYS = ("base", "overlays/one-node", "overlays/two-replicas")
PROCESSES = ("gateway", "intake", "profiling", "assistance", "inventory", "reporting")
KUBERNETES = "1.34"
Document = dict[str, Any]


@pytest.fixture(scope="session")
def _kustomize() -> None:
    """Kustomize 5, as kubectl has it from 1.27 on; without it nothing here can be told, and `.ci/run` must have it."""
    told = (
        subprocess.run(["kubectl", "version", "--client"], capture_output=True, text=True) if which("kubectl") else None
    )
    required(
        told is not None and "Kustomize Version: v5" in told.stdout,
        "kubectl 1.27 or later is missing: apt-get install kubernetes-client (Debian 13), or kubernetes.io/docs",
    )


@pytest.fixture(scope="module", params=OVERLAYS)
def objects(request: pytest.FixtureRequest, _kustomize: None) -> list[Document]:
    return _rendered(request.param)


def _rendered(overlay: str | Path) -> list[Document]:
    done = subprocess.run(
        ["kubectl", "kustomize", str(KUSTOMIZE / overlay)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


def _of(objects: list[Document], *kinds: str) -> dict[str, Document]:
    return {one["metadata"]["name"]: one for one in objects if one["kind"] in kinds}


def _pods(objects: list[Document]) -> Iterator[tuple[str, Document]]:
    for name, one in _of(objects, "Deployment", "StatefulSet", "Job").items():
        yield name, one["spec"]["template"]["spec"]


def _containers(objects: list[Document]) -> Iterator[tuple[str, Document]]:
    for name, pod in _pods(objects):
        for container in (*pod.get("initContainers", ()), *pod["containers"]):
            yield name, container


def test_every_object_is_one_that_kubernetes_knows_with_no_field_that_it_does_not(objects: list[Document]) -> None:
    assert objects
    for one in objects:
        kubernetes_validate.validate(one, KUBERNETES, strict=True)


def test_every_process_is_there_with_its_service_its_volume_and_its_disruption_budget(objects: list[Document]) -> None:
    for kind in ("Deployment", "Service", "PersistentVolumeClaim", "PodDisruptionBudget"):
        assert set(PROCESSES) <= _of(objects, kind).keys(), kind
    workloads = _of(objects, "Deployment", "StatefulSet")
    assert workloads.keys() == _of(objects, "PodDisruptionBudget").keys()
    for name, budget in _of(objects, "PodDisruptionBudget").items():
        wanted = budget["spec"]["selector"]["matchLabels"].items()
        assert wanted <= workloads[name]["spec"]["template"]["metadata"]["labels"].items()
        others = [one for other, one in workloads.items() if other != name]
        assert not any(wanted <= one["spec"]["template"]["metadata"]["labels"].items() for one in others)


def test_every_container_has_probes_and_limits(objects: list[Document]) -> None:
    jobs = _of(objects, "Job")
    for name, container in _containers(objects):
        assert {"cpu", "memory"} <= container["resources"]["limits"].keys(), name
        assert {"cpu", "memory"} <= container["resources"]["requests"].keys(), name
        if name not in jobs:
            assert {"startupProbe", "livenessProbe", "readinessProbe"} <= container.keys(), name
        if name in PROCESSES:
            assert container["livenessProbe"]["httpGet"]["path"] == "/healthz/live"
            assert container["readinessProbe"]["httpGet"]["path"] == "/healthz/ready"


def test_every_container_is_nobody_special_with_a_root_that_cannot_be_written(objects: list[Document]) -> None:
    for name, pod in _pods(objects):
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["runAsUser"] > 0, name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert pod["automountServiceAccountToken"] is False, name
        assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys(), name
        assert not [one for one in pod.get("volumes", ()) if "hostPath" in one], name
    for name, container in _containers(objects):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }, name
    assert (
        _of(objects, "Namespace")["impulso"]["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    )


def test_secrets_are_referred_to_and_never_stand_in_an_object_or_an_environment(objects: list[Document]) -> None:
    assert _of(objects, "Secret") == {}
    for name, container in _containers(objects):
        for variable in container.get("env", ()):
            assert "secretKeyRef" not in variable.get("valueFrom", {}), name
            if variable["name"].endswith(("PASSWORD", "_KEY", "_KEYS")):
                raise AssertionError(f"{name}: {variable['name']}")


def _secrets_of(pod: Document) -> set[str]:
    found = set()
    for volume in pod.get("volumes", ()):
        found |= {one["secret"]["name"] for one in volume.get("projected", {}).get("sources", ())}
        found |= {volume["secret"]["secretName"]} if "secret" in volume else set()
    return found


def test_each_process_is_given_its_own_secrets_alone(objects: list[Document]) -> None:
    given = {name: _secrets_of(pod) for name, pod in _pods(objects)}
    for name in PROCESSES:
        assert given[name] == {f"impulso-{name}", "impulso-broker", "impulso-authority"}
    assert given["migrate"] == {"impulso-owners", "impulso-authority"}


def test_the_script_makes_every_secret_and_key_that_is_referred_to(objects: list[Document], tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    (folder / "broker").mkdir(parents=True)
    (folder / "broker/10-impulso.json").write_text("{}")
    names = {"admin_password", "postgres_password", "rabbitmq_password", "signing_key", "token_keys", "ca.crt"}
    names |= {
        "witness_key",
        "log_keys",
        "oidc_client_secret",
        "hemi_token",
        "postgres.crt",
        "postgres.key",
        "rabbitmq.crt",
        "rabbitmq.key",
    }
    names |= {
        f"{one}_{kind}" for one in PROCESSES for kind in ("app_password", "owner_password", "master_key", "log_key")
    }
    for name in names:
        (folder / name).write_text(name)
    made = subprocess.run([KUSTOMIZE / "secrets.sh", folder], capture_output=True, text=True, timeout=120)
    assert made.returncode == 0, made.stderr
    secrets = {one["metadata"]["name"]: one["data"] for one in yaml.safe_load_all(made.stdout) if one}
    keys_of = {name: {key for each in _secrets_of(pod) for key in secrets[each]} for name, pod in _pods(objects)}
    for name, container in _containers(objects):
        values = [one.get("value", "") for one in container.get("env", ())]
        read = {value.rpartition("/run/secrets/")[2] for value in values if "/run/secrets/" in value}
        assert read <= keys_of[name], name


def test_every_configuration_and_volume_that_is_named_is_there(objects: list[Document]) -> None:
    maps = {name: set(one["data"]) for name, one in _of(objects, "ConfigMap").items()}
    claims = _of(objects, "PersistentVolumeClaim").keys()
    for name, pod in _pods(objects):
        volumes = pod.get("volumes", ())
        assert {
            one["persistentVolumeClaim"]["claimName"] for one in volumes if "persistentVolumeClaim" in one
        } <= claims
        assert {one["configMap"]["name"] for one in volumes if "configMap" in one} <= maps.keys(), name
        templates = {"data"} if name in _of(objects, "StatefulSet") else set()
        for container in pod["containers"]:
            mounted = {one["name"] for one in container["volumeMounts"]}
            assert mounted <= {one["name"] for one in volumes} | templates, name
            for variable in container.get("env", ()):
                if reference := variable.get("valueFrom", {}).get("configMapKeyRef"):
                    assert reference["key"] in maps[reference["name"]], name
            for source in container.get("envFrom", ()):
                assert source["configMapRef"]["name"] in maps or source["configMapRef"].get("optional"), name


def test_nobody_speaks_to_anybody_who_is_not_named(objects: list[Document]) -> None:
    policies = _of(objects, "NetworkPolicy")
    nobody = policies["nobody"]["spec"]
    assert nobody["podSelector"] == {}
    assert set(nobody["policyTypes"]) == {"Ingress", "Egress"}
    assert "ingress" not in nobody and "egress" not in nobody
    labels = [
        one["spec"]["template"]["metadata"]["labels"]
        for one in _of(objects, "Deployment", "StatefulSet", "Job").values()
    ]
    names = {one["app.kubernetes.io/name"] for one in labels}
    for name, policy in policies.items():
        selector = policy["spec"]["podSelector"]
        chosen = {selector.get("matchLabels", {}).get("app.kubernetes.io/name")} - {None}
        for expression in selector.get("matchExpressions", ()):
            chosen |= set(expression["values"])
        assert chosen <= names, name
        for rule in policy["spec"].get("ingress", ()):
            assert rule["from"], name
    # The outside comes in at the gateway alone.
    outside = [name for name, one in policies.items() if "ingress-nginx" in yaml.safe_dump(one)]
    assert outside == ["gateway"]
    backends = [rule["http"]["paths"] for rule in _of(objects, "Ingress")["gateway"]["spec"]["rules"]]
    assert [[path["backend"]["service"]["name"] for path in paths] for paths in backends] == [["gateway"]]


def test_every_declared_setting_reaches_its_process(objects: list[Document]) -> None:
    """What is secret has a file of its own; the rest is taken from the ConfigMap of all, or from the process's own."""
    for name, container in _containers(objects):
        if name not in PROCESSES:
            continue
        given = {one["name"] for one in container["env"]}
        own = [one["configMapRef"]["name"] for one in container["envFrom"]]
        assert own[0].startswith("impulso-"), name
        assert own[1:] == ([name] if name in ("gateway", "reporting") else []), name
        assert {one for one in declared(name) if one.endswith("_FILE")} <= given, name


@pytest.mark.usefixtures("_kustomize")
@pytest.mark.parametrize(
    ("component", "process", "literal"),
    [
        ("outside", "gateway", "IMPULSO_OIDC_ISSUER=https://accesos.example.org"),
        ("hemi", "reporting", "IMPULSO_HEMI=https://hemi.example.org/entradas"),
    ],
)
def test_a_component_lets_one_process_out_and_an_overlay_says_where_to(
    component: str, process: str, literal: str, tmp_path: Path
) -> None:
    overlay = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "namespace": "impulso",
        "resources": [os.path.relpath(KUSTOMIZE / "overlays/one-node", tmp_path.resolve())],
        "components": [os.path.relpath(KUSTOMIZE / "components" / component, tmp_path.resolve())],
        "configMapGenerator": [{"name": process, "literals": [literal]}],
    }
    (tmp_path / "kustomization.yaml").write_text(yaml.safe_dump(overlay))
    objects = _rendered(tmp_path)
    for one in objects:
        kubernetes_validate.validate(one, KUBERNETES, strict=True)
    maps = {name: one["data"] for name, one in _of(objects, "ConfigMap").items()}
    taken = dict(_containers(objects))[process]["envFrom"][1]["configMapRef"]["name"]
    assert maps[taken] == dict([literal.split("=", 1)])
    out = {
        one["spec"]["podSelector"]["matchLabels"]["app.kubernetes.io/name"]
        for one in _of(objects, "NetworkPolicy").values()
        if any("ipBlock" in to for rule in one["spec"].get("egress", ()) for to in rule.get("to", ()))
    }
    assert out == {process}


@pytest.mark.usefixtures("_kustomize")
def test_two_replicas_are_two_of_everything_over_files_that_both_can_mount() -> None:
    objects = _rendered("overlays/two-replicas")
    assert {name: one["spec"]["replicas"] for name, one in _of(objects, "Deployment").items()} == dict.fromkeys(
        PROCESSES, 2
    )
    modes = {name: one["spec"]["accessModes"] for name, one in _of(objects, "PersistentVolumeClaim").items()}
    assert modes == {name: ["ReadWriteMany"] for name in PROCESSES}
