"""Writes the pages under ``docs/reference/`` that are made from the code: commands, configuration, API, events.

python docs/generate.py            write them
python docs/generate.py --check    exit 1 and name the pages that are not what the code says
python docs/generate.py --release  take the present contracts as what is promised from now on
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import typer

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from docs import figures, manuals, traceability  # noqa: E402
from services.gateway.api import openapi  # noqa: E402
from services.gateway.api.names import CommandNames, path_of  # noqa: E402
from services.gateway.hosting import serve  # noqa: E402
from services.gateway.institution.settings import InstitutionSettings  # noqa: E402
from services.gateway.rate_limit import Limits  # noqa: E402
from services.gateway.webhooks.settings import WebhookSettings  # noqa: E402
from shared.catalogue.catalogue import Catalogue  # noqa: E402
from shared.cli import exits  # noqa: E402
from shared.cli.main import app  # noqa: E402
from shared.contracts import all_contracts, contract  # noqa: E402
from shared.contracts.compatibility import shapes  # noqa: E402
from shared.contracts.examples import public_example  # noqa: E402
from shared.contracts.export import documents, event_file  # noqa: E402
from shared.runtime import metrics  # noqa: E402
from shared.runtime.config import ServiceConfig  # noqa: E402

MANUAL_DAY = date(2026, 11, 1)
"""The manuals and the API describe the forms and states in force on this day."""
RELEASED = ROOT / "docs" / "released-contracts.json"
"""What the last release promised to integrators."""
FOLDER = ROOT / "docs" / "reference"
MADE = "<!-- Made by `make docs` from the code. Change the code, then run it. -->\n\n"


def pages() -> dict[str, str]:
    """Every generated file by its name under ``docs/reference``."""
    return {
        "commands.md": commands_page(),
        "configuration.md": configuration_page(),
        "api.md": api_page(),
        "events.md": events_page(),
        **{f"contracts/{name}": text for name, text in documents(described()).items()},
        "traceability.md": MADE + traceability.page(),
        "figures.md": figures_page(),
        "metrics.md": metrics_page(),
        **{f"manuales/{name}": MADE + text for name, text in manuals.manuals(Catalogue.load(), MANUAL_DAY).items()},
    }


def figures_page() -> str:
    """What ``make prove`` measured, proof by proof, after what it should reach."""
    path = ROOT / "docs" / "figures.json"
    return MADE + figures.page(json.loads(path.read_text("utf-8")) if path.exists() else {"proofs": {}}, table)


def metrics_page() -> str:
    """Every figure that a process tells of itself."""
    rows = [
        (f"`{one.name}`", one.kind, ", ".join(f"`{label}`" for label in one.labels) or "–", one.help)
        for one in metrics.DECLARED
    ]
    return (
        MADE + "# Metrics\n\nWhat `/metrics` tells, in Prometheus' text form: each service on its internal port, the "
        "gateway on\n`IMPULSO_METRICS_BIND`, the embedded system on its own port to programs on the same machine.\n\n"
        + table(("name", "kind", "labels", "meaning"), rows)
    )


def table(head: tuple[str, ...], rows: Iterator[tuple[Any, ...]] | list[tuple[Any, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


def cli_tree() -> dict[str, Any]:
    """The commands of ``impulso`` by their words, as click objects: ``{"parked retry": …}``."""
    found: dict[str, Any] = {}

    def walk(command: Any, words: tuple[str, ...]) -> None:
        if words:
            found[" ".join(words)] = command
        for name, inner in getattr(command, "commands", {}).items():
            walk(inner, (*words, name))

    walk(typer.main.get_command(app), ())
    return found


def commands_page() -> str:
    parts = [MADE, "# The `impulso` command\n\nIts help is in Spanish, for the people who run it.\n"]
    for words, command in cli_tree().items():
        options = [one for one in command.params if getattr(one, "param_type_name", "") == "option"]
        arguments = [one.name for one in command.params if one.param_type_name == "argument"]
        shown = " ".join(["impulso", words, *(name.upper() for name in arguments)])
        parts.append(f"\n## `{shown}`\n\n{_one_line(command.help or '')}\n")
        rows = [(f"`{one.opts[0]}`", _one_line(one.help or "")) for one in options]
        if rows:
            parts.append("\n" + table(("option", "meaning"), rows))
    parts.append("\n## Exit codes\n\n")
    parts.append(table(("code", "name", "meaning"), list(_exit_codes())))
    return "".join(parts)


def _exit_codes() -> Iterator[tuple[Any, ...]]:
    source = Path(exits.__file__).read_text("utf-8")
    for code in exits.Exit:
        about = re.search(rf'{code.name} = {int(code)}\n    """(.*?)"""', source, re.DOTALL)
        yield int(code), f"`{code.name}`", _one_line(about[1] if about else "")


def configuration_page() -> str:
    parts = [
        MADE,
        "# Configuration of a process\n\nA process reads its settings from the environment; `make env` and\n"
        "`docker-compose.yml` give them to the containers. The embedded system needs none of them.\n\n"
        "## Every service and the gateway\n\n",
        table(("variable", "meaning"), list(variables(ServiceConfig.__doc__))),
        "\n## The gateway besides\n\n",
        table(("variable", "meaning"), list(variables(serve.__doc__))),
        "\n### Institutional log-in\n\n",
        table(("variable", "meaning"), list(variables(InstitutionSettings.__doc__))),
        "\n### Webhooks\n\n",
        table(("variable", "meaning"), list(variables(WebhookSettings.__doc__))),
        "\n### Rate limits\n\n",
        table(("variable", "meaning"), list(variables(Limits.__doc__))),
        "\n## `impulso migrate`, as the owner of the databases\n\n",
        table(
            ("variable", "meaning"),
            [
                ("`IMPULSO_<SERVICE>_OWNER_URL`", "the service's database, under its owner's role"),
                ("`IMPULSO_<SERVICE>_KEYS_OWNER_URL`", "its database of keys, under its owner's role"),
                ("`IMPULSO_<SERVICE>_OWNER_PASSWORD_FILE`", "file of that role's password, where the URLs hold none"),
                ("`IMPULSO_<SERVICE>_FILES`", "folder of its encrypted files, for `backup` and `restore`"),
                ("`IMPULSO_<SERVICE>_ROLE`", "the application's role, which is granted what it needs and no more"),
            ],
        ),
        "\n## Commands and logs\n\n",
        table(
            ("variable", "meaning"),
            [
                ("`IMPULSO_USER`, `IMPULSO_PASSWORD`", "log-in of a command that has no `--user` and `--password`"),
                ("`IMPULSO_LOG_KEYS_FILE`", "file of the public keys of all logs, for `verify` without `--keys`"),
                ("`IMPULSO_LOG_LEVEL`", "DEBUG, INFO (default), WARNING or ERROR"),
            ],
        ),
    ]
    return "".join(parts)


def variables(docstring: str | None) -> Iterator[tuple[Any, ...]]:
    """The variables that a settings class declares in its docstring, as they stand in the page, and their meaning."""
    # A line that begins where the meanings stand goes on with the one above it.
    for found in re.finditer(r"^ +(IMPULSO_\w+) {2,}(.+(?:\n {27,}\S.*)*)", docstring or "", re.MULTILINE):
        yield f"`{found[1]}`", _one_line(found[2]).replace("``", "`")


def api_page() -> str:
    rows = []
    for same_address in CommandNames.of(Catalogue.load()).by_address.values():
        # A side exit stands at one address for every service that may own the case: the gateway finds which.
        one = same_address[0]
        states = dict.fromkeys(state for each in same_address for state in each.states)
        named = [f"`{state}`" for state in states if ":" not in state]
        if len(named) < len(states):
            named.append("not closed")
        roles = ", ".join(f"`{role}`" for role in one.roles)
        rows.append((one.activity or "–", f"`POST {path_of(one)}`", one.label, roles, ", ".join(named) or "any"))
    rows.sort(key=lambda row: (row[0] if isinstance(row[0], int) else 99, row[1]))
    return (
        MADE + "# Commands over HTTP\n\nThe whole API with its bodies and examples is OpenAPI 3.1: "
        "[openapi.json](contracts/openapi.json), and `/api/openapi.json` of a running system.\n\n"
        + table(("act.", "command", "label", "roles", "states of the case"), rows)
    )


def events_page() -> str:
    contracts = sorted((one for one in all_contracts() if one.public), key=lambda one: (one.service, one.type))
    rows = [
        (
            f"[`{one.topic}.v{one.major}`](contracts/{event_file(one)})",
            ", ".join(str(activity) for activity in one.activities) or "–",
            ", ".join(f"`{name}`" for name in one.fields),
        )
        for one in contracts
    ]
    return (
        MADE
        + "# Published events\n\nWhat integrators may have (audience I), each with its JSON Schema and an example;\n"
        "[AsyncAPI 3](contracts/asyncapi.json) has them with the exchanges, streams and feeds that bring them.\n"
        "`impulso contracts export DIR` writes the same files.\n\n"
        + table(("event", "activities", "data"), rows)
        + "\n## One event, as an integrator gets it\n\n```json\n"
        + json.dumps(
            public_example(contract("assistance.CommitmentSigned")).to_dict(),
            ensure_ascii=False,
            indent=1,
            sort_keys=True,
        )
        + "\n```\n"
    )


def described() -> dict[str, Any]:
    """The API's own description, of a fixed day."""
    return openapi.build(Catalogue.load(), MANUAL_DAY)


def release() -> None:
    """Write what is promised from now on. Who breaks it is told by a test."""
    promised = shapes(list(all_contracts()), described())
    RELEASED.write_text(a_line_each(promised) + "\n", "utf-8")


def a_line_each(node: Any, depth: int = 0) -> str:
    """``node`` as JSON with a line for each event, operation and component: what a person compares."""
    if not isinstance(node, dict) or depth == 4 or "$schema" in node:
        return json.dumps(node, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    lines = [f"{json.dumps(name)}: {a_line_each(node[name], depth + 1)}" for name in sorted(node)]
    return "{\n" + ",\n".join(lines) + "\n}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def main() -> int:
    if "--release" in sys.argv[1:]:
        release()
    made = pages()
    if "--check" in sys.argv[1:]:
        stale = [
            name
            for name, text in made.items()
            if not (FOLDER / name).exists() or (FOLDER / name).read_text("utf-8") != text
        ]
        stray = {str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*") if path.is_file()} - set(made)
        for name in (*stale, *stray):
            print(f"docs/reference/{name} is not what the code says: run `make docs`", file=sys.stderr)
        return 1 if stale or stray else 0
    FOLDER.mkdir(exist_ok=True)
    for name, text in made.items():
        (FOLDER / name).parent.mkdir(parents=True, exist_ok=True)
        (FOLDER / name).write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
