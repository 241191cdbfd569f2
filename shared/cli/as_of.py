"""`impulso as-of`: a case or the stock as it was known on a date, and as far as it had come; what changed since."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from shared.cli.output import Data, Json, Password, Url, User, answer, guarded, say, table
from shared.cli.system import session

KNOWN = "Lo que se sabía: AAAA-MM-DD (hasta el final del día en Bogotá) o un instante ISO 8601 con zona."
HAPPENED = "Lo que había ocurrido hasta AAAA-MM-DD."


@guarded
def as_of(
    case: Annotated[str | None, typer.Argument(help="Identificador del caso; sin él, los saldos del almacén.")] = None,
    board: Annotated[bool, typer.Option("--board", help="Las cifras del tablero, en lugar de un caso.")] = False,
    known_by: Annotated[str | None, typer.Option(help=KNOWN)] = None,
    happened_by: Annotated[str | None, typer.Option(help=HAPPENED)] = None,
    from_known_by: Annotated[str | None, typer.Option(help=f"Comparar con otro punto. {KNOWN}")] = None,
    from_happened_by: Annotated[str | None, typer.Option(help=f"Comparar con otro punto. {HAPPENED}")] = None,
    data: Data = None,
    url: Url = None,
    user: User = None,
    password: Password = None,
    as_json: Json = False,
) -> None:
    """Muestra un caso, o los saldos del almacén, en otra fecha: qué se sabía, qué queda por fuera y qué cambió."""
    asked = {
        "known_by": known_by,
        "happened_by": happened_by,
        "from_known_by": from_known_by,
        "from_happened_by": from_happened_by,
    }
    with session(None if data is None else Path(data), url, user, password) as api:
        address = f"/api/cases/{case}" if case else "/api/board" if board else "/api/stock"
        found = api.get(f"{address}/as-of", **asked)
    tell = _tell if case else _tell_board if board else _tell_stock
    answer(found, as_json, lambda: tell(found))


def _tell(found: dict[str, Any]) -> None:
    happened = f", de lo ocurrido hasta el {found['happened_by']}" if found["happened_by"] else ""
    say(f"Lo que se sabía el {found['known_by']}{happened}:")
    say(f"  {found['state_label'] or 'sin estado'}" if found["exists"] else "  todavía no había caso")
    rows = [(row.get("group") or "", row["label"], _value(row["value"])) for row in found["facts"]]
    if rows:
        table("Lo que se sabía", ("grupo", "dato", "valor"), rows)
    for title, events in (("Hechos que cuentan", found["events"]), ("Quedan por fuera", found["left_out"])):
        story = [event for event in events if not event["internal"]]
        lines = [
            (event["happened_on"], event["recorded_at"], event["label"], event.get("why_label", ""), event["id"])
            for event in story
        ]
        if lines:
            table(title, ("ocurrió", "se registró", "hecho", "por qué", "evento"), lines)
    if found["difference"]:
        say("Qué cambió:")
        for line in found["difference"]["words"]:
            say(f"  · {line}")
    for service in found["unavailable"]:
        say(f"No respondió {service}: falta su parte.")


def _tell_stock(found: dict[str, Any]) -> None:
    columns = ("warehouse_code", "item_code", "lot_name", "on_hand", "assigned", "free", "unit")
    rows = [[row[name] for name in columns] for row in found["items"]]
    table("Saldos", ("almacén", "elemento", "lote", "existencia", "asignado", "libre", "unidad"), rows)
    _tell_changes(found)


def _tell_board(found: dict[str, Any]) -> None:
    rows = [(row["label"], row["value"]) for row in found["blocks"]["funnel"]]
    table(f"Casos por estado ({found['total']} en total)", ("estado", "casos"), rows)
    _tell_changes(found)


def _tell_changes(found: dict[str, Any]) -> None:
    for line in (found["difference"] or {}).get("words", ()):
        say(f"  · {line}")


def _value(value: Any) -> str:
    if isinstance(value, dict) and "personal" in value:
        return "[SUPRIMIDO]" if value["value"] is None else str(value["value"])
    return "" if value is None else str(value)
