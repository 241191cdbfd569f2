"""While two releases run side by side, a migration only adds: what the former release reads and writes still stands."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
REVISIONS = sorted(
    path
    for folder in ("shared/runtime/migrations", "services/gateway/migrations")
    for path in (ROOT / folder).rglob("versions/*.py")
    if path.stem != "__init__"
)
TAKES_AWAY = {"drop_table", "drop_column", "drop_constraint", "alter_column", "rename_table"}
BINDS = {"create_unique_constraint", "create_check_constraint", "create_foreign_key", "create_primary_key"}


def calls(path: Path) -> list[ast.Call]:
    """Calls of alembic's operations in ``upgrade``."""
    functions = (node for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, ast.FunctionDef))
    upgrade = next(node for node in functions if node.name == "upgrade")
    return [
        node
        for node in ast.walk(upgrade)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name)
    ]


def keywords(call: ast.Call) -> dict[str, ast.expr]:
    return {each.arg: each.value for each in call.keywords if each.arg}


@pytest.mark.parametrize("path", REVISIONS, ids=lambda path: path.stem)
def test_a_migration_takes_nothing_away_and_binds_nobody(path: Path) -> None:
    """Taking away comes one release later, when nobody reads it any more: it says so with ``contracts = True``."""
    if "contracts = True" in path.read_text("utf-8"):
        return
    for call in calls(path):
        assert isinstance(call.func, ast.Attribute)
        assert call.func.attr not in TAKES_AWAY | BINDS, f"{path.name}:{call.lineno}: {call.func.attr}"
        if call.func.attr == "add_column":
            column = call.args[1]
            assert isinstance(column, ast.Call)
            named = keywords(column)
            nullable = named.get("nullable")
            required = isinstance(nullable, ast.Constant) and nullable.value is False
            assert not required or "server_default" in named, f"{path.name}:{call.lineno}: left out by the former one"
