"""Alert rules, their runbooks and the dashboard, held against the metrics that are declared."""

from __future__ import annotations

import json
import re
import runpy
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.runtime import metrics
from tests.required import required

ROOT = Path(__file__).parents[3]
PROMETHEUS = ROOT / "deploy" / "prometheus"
RUNBOOKS = ROOT / "docs" / "runbooks"
GRAFANA = runpy.run_path(str(ROOT / "deploy" / "grafana" / "generate.py"))
RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((PROMETHEUS / "alerts.yml").read_text("utf-8"))["groups"]
    for rule in group["rules"]
]
LABELS = {series: {*one.labels, "le", "instance", "job"} for one in metrics.DECLARED for series in one.series}
LABELS["up"] = {"instance", "job"}
WORDS = {"sum", "min", "max", "by", "rate", "increase", "histogram_quantile", "unless", "and", "or"}
EXPRESSIONS = [(rule["alert"], rule["expr"]) for rule in RULES] + [
    (panel["title"], target["expr"])
    for panel in GRAFANA["dashboard"]()["panels"]
    for target in panel.get("targets", ())
]


def _selectors(expression: str) -> Iterator[tuple[str, set[str]]]:
    """Each name with a matcher's labels; labels of ``by (…)`` come under an empty name."""
    for labels in re.findall(r"\bby \(([^)]*)\)", expression):
        yield "", {label.strip() for label in labels.split(",")}
    rest = re.sub(r"\bby \([^)]*\)", "", expression)
    for name, matchers in re.findall(r"\b([a-z_][a-z0-9_]*)\b(?!\s*\()(?:\{([^}]*)\})?", _without_texts(rest)):
        if name not in WORDS:
            yield name, set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", matchers))


def _without_texts(expression: str) -> str:
    plain = re.sub(r'"[^"]*"', '""', expression)
    return re.sub(r"\[\d+[smhd]\]|\b\d[\d.e]*\b", "", plain)


@pytest.mark.parametrize(("where", "expression"), EXPRESSIONS, ids=[f"{at}: {what[:40]}" for at, what in EXPRESSIONS])
def test_an_expression_names_declared_series_and_their_labels(where: str, expression: str) -> None:
    found = list(_selectors(expression))
    named = [name for name, _ in found if name]
    assert named and expression.count("(") == expression.count(")")
    assert set(named) <= LABELS.keys(), f"{where}: {set(named) - LABELS.keys()}"
    known = set().union(*(LABELS[name] for name in named))
    for name, labels in found:
        assert labels <= (LABELS[name] if name else known), f"{where}: {labels}"


def test_every_rule_has_a_runbook_that_says_what_it_means_where_to_look_and_what_cures_it() -> None:
    pages = {}
    for rule in RULES:
        assert re.fullmatch(r"\d+[sm]", rule["for"]) and rule["labels"]["severity"] in ("warning", "critical")
        page = ROOT / rule["annotations"]["runbook_url"]
        text = page.read_text("utf-8")
        assert text.startswith(f"# {rule['alert']}\n") and "\n## Look\n" in text and "\n## Cure\n" in text
        pages[page.name] = rule["alert"]
    assert len(pages) == len(RULES)
    index = (RUNBOOKS / "README.md").read_text("utf-8")
    assert all(f"[{alert}]({name})" in index for name, alert in pages.items())
    assert {path.name for path in RUNBOOKS.glob("*.md")} == {*pages, "README.md"}


def test_each_value_that_a_rule_matches_is_one_that_is_told() -> None:
    from shared.delivery.follower import State
    from shared.eventstore.access_log import What

    told = {
        "check": {"database", "triggers", "read_model", "followers", "broker"},
        "state": {state.value for state in State},
        "outcome": {"done", "repeated", "refused", "failed"},
        "what": set(What.__args__),
    }
    for rule in RULES:
        for label, value in re.findall(r'(\w+)=~?"([^"]*)"', rule["expr"]):
            if label in told:
                assert set(value.split("|")) <= told[label], rule["alert"]


def test_the_dashboard_is_the_one_that_the_declarations_make_and_shows_each() -> None:
    assert (ROOT / "deploy/grafana/impulso.json").read_text("utf-8") == GRAFANA["text"]()
    shown = {panel["title"] for panel in GRAFANA["dashboard"]()["panels"]}
    assert {one.name for one in metrics.DECLARED} <= shown
    assert json.loads(GRAFANA["text"]())["uid"] == "impulso"


def test_what_is_scraped_are_the_internal_ports_of_every_process() -> None:
    config = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text("utf-8"))
    targets = [one for group in config["scrape_configs"][0]["static_configs"] for one in group["targets"]]
    services = ("intake", "profiling", "assistance", "inventory", "reporting")
    assert targets == [*(f"{service}:8080" for service in services), "gateway:9464"]
    assert config["rule_files"] == ["alerts.yml"]


@pytest.mark.parametrize("arguments", [("check", "rules", "alerts.yml"), ("test", "rules", "alerts_test.yml")])
def test_promtool_finds_nothing_to_object_to(arguments: tuple[str, ...]) -> None:
    required(shutil.which("promtool"), "promtool is missing: apt-get install prometheus")
    done = subprocess.run(["promtool", *arguments], cwd=PROMETHEUS, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
