"""The warehouse of a demonstration: its items, and a receipt (FO-110 part A) for each block of cases."""

from __future__ import annotations

from shared.cli.api import Refused
from shared.cli.demo.papers import signed
from shared.cli.demo.plan import CYCLE
from shared.cli.demo.staff import display_name
from shared.cli.demo.world import JSON, NotAsExpected, World

CLOTH, THREAD, SCARCE, BUTTON = "TELA", "HILO", "MAQUINA", "BOTON"
ITEMS = (
    (CLOTH, "Tela de algodón", "raw_material", "m", 2),
    (THREAD, "Hilo poliéster", "supply", "roll", 0),
    (SCARCE, "Fileteadora", "tangible", "unit", 0),
)
RECEIVED = 20
"""Day on which goods arrive."""


def set_up_warehouse(world: World, cases: int) -> None:
    """Register warehouse and items, and receive what the cases need; a receipt a block, so that more cases need no
    change of an earlier receipt."""
    place: JSON = {"code": f"DEMO{world.seed}", "name": "Almacén de la demostración", "place": "Carrera 10 # 16-82"}
    world.warehouse = str(_do(world, "RegisterWarehouse", place, "warehouse")["id"])
    for code, name, kind, unit, decimals in ITEMS:
        item: JSON = {"code": world.item(code), "name": name, "kind": kind, "unit": unit, "decimals": decimals}
        _do(world, "RegisterItem", item, f"item/{code}")
    for block in range((cases + len(CYCLE) - 1) // len(CYCLE)):
        lines: list[JSON] = [
            {"item": world.item(CLOTH), "qty": "200", "unit_cost": "12500"},
            {"item": world.item(THREAD), "qty": "40", "unit_cost": "4800"},
        ]
        if block == 0:
            lines.append({"item": world.item(SCARCE), "qty": "1", "unit_cost": "980000"})
        receipt = receive(world, lines, block)
        for code, lot in zip((CLOTH, THREAD, SCARCE), receipt["lots"], strict=False):
            world.lots[f"{code}/{block}"] = str(lot)


def receive(world: World, lines: list[JSON], block: int | str) -> JSON:
    """FO-110 part A for these goods, with its signed form back in the warehouse; its number and lots."""
    body = {
        "warehouse": world.warehouse,
        "origin": "ipes_purchase",
        "supplier": "Textiles Ejemplo SAS",
        "delivery_note": f"FV-{world.seed}-{block}",
        "lines": lines,
        "received_by": signed(display_name("registro"), "Almacén", world.day(RECEIVED)),
        "remarks": "Llegó completo",
    }
    receipt = _do(world, "ReceiveStock", body, f"receipt/{block}")
    forms = {"documents": [receipt["number"]]}
    key = world.key("stock", "forms", block)
    world.order("almacen", "ConfirmFormsReceived", forms, key=key, day=RECEIVED, target=world.warehouse)
    return receipt


def _do(world: World, command: str, body: JSON, step: str) -> JSON:
    try:
        return world.order("registro", command, body, key=world.key("stock", step), day=RECEIVED)
    except Refused as refused:
        raise NotAsExpected(f"{command} dio {refused.code}: {refused.text}") from None
