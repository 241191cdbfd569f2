"""Writes the pages under ``docs/reference/`` that are made from the code: commands, configuration, API, events.

python docs/generate.py            write them
python docs/generate.py --check    exit 1 and name the pages that are not what the code says
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import typer

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from docs import manuals, traceability  # noqa: E402
from services.gateway.api.names import CommandNames, path_of  # noqa: E402
from services.gateway.hosting import serve  # noqa: E402
from shared.catalogue.catalogue import Catalogue  # noqa: E402
from shared.cli import exits  # noqa: E402
from shared.cli.main import app  # noqa: E402
from shared.contracts import all_contracts, contract  # noqa: E402
from shared.contracts.envelope import Envelope  # noqa: E402
from shared.contracts.json_schema import event_example, event_json_schema  # noqa: E402
from shared.runtime.config import ServiceConfig  # noqa: E402

MANUAL_DAY = date(2026, 11, 1)
"""The manuals describe the forms and states in force on this day."""
FOLDER = ROOT / "docs" / "reference"
MADE = "<!-- Made by `make docs` from the code. Change the code, then run it. -->\n\n"


def pages() -> dict[str, str]:
    """Every generated file by its name under ``docs/reference``."""
    return {
        "commands.md": commands_page(),
        "configuration.md": configuration_page(),
        "api.md": api_page(),
        "events.md": events_page(),
        "event-schemas.json": event_schemas(),
        "traceability.md": MADE + traceability.page(),
        "figures.md": figures_page(),
        **{f"manuales/{name}": MADE + text for name, text in manuals.manuals(Catalogue.load(), MANUAL_DAY).items()},
    }


def figures_page() -> str:
    """What ``make prove`` measured, proof by proof."""
    path = ROOT / "docs" / "figures.json"
    parts = [MADE, "# Figures\n\nMeasured by `make prove`, which anyone can run again.\n"]
    if not path.exists():
        return "".join([*parts, "\nNothing was measured yet.\n"])
    figures = json.loads(path.read_text("utf-8"))
    machine = figures["machine"]
    parts.append(f"\nOn {machine['cores']} cores, Python {machine['python']}, {machine['system']}.\n")
    for name, proof in figures["proofs"].items():
        parts.append(f"\n## {name}: {proof['shows']}\n\n`{proof['command']}`, {proof['on']}, {proof['seconds']} s.\n\n")
        rows = [(what, *cell) for what, measured in proof["measured"].items() for cell in _leaves(measured)]
        parts.append(table(("measured", "what", "value"), rows))
    return "".join(parts)


def _leaves(measured: Any, above: str = "") -> Iterator[tuple[str, str]]:
    for name, value in measured.items():
        path = f"{above} · {name}" if above else name
        if isinstance(value, dict):
            yield from _leaves(value, path)
        else:
            yield path, f"{value:,}" if isinstance(value, int | float) else str(value)


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
        table(("variable", "meaning"), list(_variables(ServiceConfig.__doc__))),
        "\n## The gateway besides\n\n",
        table(("variable", "meaning"), list(_variables(serve.__doc__))),
        "\n## `impulso migrate`, as the owner of the databases\n\n",
        table(
            ("variable", "meaning"),
            [
                ("`IMPULSO_<SERVICE>_OWNER_URL`", "the service's database, under its owner's role"),
                ("`IMPULSO_<SERVICE>_KEYS_OWNER_URL`", "its database of keys, under its owner's role"),
                ("`IMPULSO_<SERVICE>_ROLE`", "the application's role, which is granted what it needs and no more"),
            ],
        ),
        "\n## Commands and logs\n\n",
        table(
            ("variable", "meaning"),
            [
                ("`IMPULSO_USER`, `IMPULSO_PASSWORD`", "log-in of a command that has no `--user` and `--password`"),
                ("`IMPULSO_LOG_LEVEL`", "DEBUG, INFO (default), WARNING or ERROR"),
            ],
        ),
    ]
    return "".join(parts)


def _variables(docstring: str | None) -> Iterator[tuple[Any, ...]]:
    for line in (docstring or "").splitlines():
        if found := re.match(r"\s+(IMPULSO_\w+)\s{2,}(.+)", line):
            yield f"`{found[1]}`", found[2].replace("``", "`")


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
        MADE
        + "# Commands over HTTP\n\nThe whole API with its bodies and examples is OpenAPI 3.1 at `/api/openapi.json` "
        "of a running system.\n\n" + table(("act.", "command", "label", "roles", "states of the case"), rows)
    )


def events_page() -> str:
    contracts = sorted((one for one in all_contracts() if one.public), key=lambda one: (one.service, one.type))
    rows = [
        (
            f"`{one.topic}.v{one.major}`",
            ", ".join(str(activity) for activity in one.activities) or "–",
            ", ".join(f"`{name}`" for name in one.fields),
        )
        for one in contracts
    ]
    return (
        MADE
        + "# Published events\n\nWhat integrators may have (audience I). The JSON Schema of each, with an example, is "
        "in\n"
        "[event-schemas.json](event-schemas.json).\n\n"
        + table(("event", "activities", "data"), rows)
        + "\n## One event, as an integrator gets it\n\n```json\n"
        + json.dumps(_example().to_dict(), ensure_ascii=False, indent=1, sort_keys=True)
        + "\n```\n"
    )


def _example() -> Envelope:
    about = contract("assistance.CommitmentSigned")
    return Envelope(
        source=about.service,
        type=about.type,
        subject=UUID("4f6f1f2e-8a55-4f7b-9a51-0a9d6f3c2b10"),
        sequence=1207,
        recorded_at=datetime(2026, 10, 15, 19, 42, 7, 120000, tzinfo=UTC),
        happened_on=date(2026, 10, 14),
        epoch="5d0c7a6be1f24c55a1b2c3d4e5f60718",
        correlation_id=UUID("9b2f6f0e-6c1d-4c1a-8f37-2d1e0c9b8a76"),
        data=event_example(about),
        audience=about.audience,
        case_version=12,
        activity=about.activity,
        programme="PR-156",
        procedure="PR-156",
        procedure_version="01",
        actor_role="caseworker",
    ).for_integrators(previous=1198)


def event_schemas() -> str:
    found = {
        f"{one.topic}.v{one.major}": {**event_json_schema(one), "examples": [event_example(one)]}
        for one in all_contracts()
        if one.public
    }
    return json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def main() -> int:
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
