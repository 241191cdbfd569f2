"""The warehouse beside the cases: a count with a difference, a write-off, a transfer to another warehouse.

All of it with buttons, which no case gets, so that the numbers do not hang on how many cases there are.
"""

from __future__ import annotations

from shared.cli.demo.desk import Desk
from shared.cli.demo.papers import signed
from shared.cli.demo.staff import display_name
from shared.cli.demo.stock import BUTTON, receive
from shared.cli.demo.world import JSON

COUNTED, WRITTEN_OFF, MOVED = 50, 52, 54


def keep_warehouse(desk: Desk) -> None:
    """Receive the buttons, count them, write off what broke, and move some."""
    world = desk.world
    item: JSON = {"code": world.item(BUTTON), "name": "Botón de coco", "kind": "supply", "unit": "unit", "decimals": 0}
    desk.act("registro", "RegisterItem", item, "buttons", day=COUNTED - 1)
    lines: list[JSON] = [{"item": world.item(BUTTON), "qty": "100", "unit_cost": "350"}]
    (lot,) = receive(world, lines, "buttons")["lots"]
    _count(desk, str(lot))
    _write_off(desk, str(lot))
    _transfer(desk, str(lot))


def _count(desk: Desk, lot: str) -> None:
    """Somebody who does not keep the goods counts 98 of 100; a third person approves that the books follow."""
    body = {"warehouse": desk.world.warehouse, "counter": desk.world.staff.person("colega"), "lots": [lot]}
    desk.refused("NOT_AUTHORISED", "almacen", "StartCount", body, day=COUNTED)
    count = str(desk.act("control", "StartCount", body, "count", day=COUNTED)["id"])
    found = {"lines": [{"lot": lot, "qty": "98"}], "remarks": "Se contó dos veces"}
    desk.act("colega", "RecordCount", found, "count/recorded", day=COUNTED, target=count)
    proposal = {"count": count, "reason_code": "count_difference", "reason": "Faltan dos botones en la caja"}
    desk.refused("NOT_AUTHORISED", "colega", "ProposeAdjustment", proposal, day=COUNTED)
    first = str(desk.act("registro", "ProposeAdjustment", proposal, "adjustment/first", day=COUNTED)["id"])
    no = {"reason": "Diga en qué caja se contó"}
    desk.act("control", "RejectAdjustment", no, "adjustment/rejected", day=COUNTED, target=first)
    clearer = {**proposal, "reason": "Faltan dos botones en la caja 3"}
    adjustment = str(desk.act("registro", "ProposeAdjustment", clearer, "adjustment", day=COUNTED)["id"])
    desk.refused("NOT_AUTHORISED", "registro", "ApproveAdjustment", day=COUNTED, target=adjustment)
    desk.act("control", "ApproveAdjustment", None, "adjustment/approved", day=COUNTED, target=adjustment)


def _write_off(desk: Desk, lot: str) -> None:
    body: JSON = {
        "warehouse": desk.world.warehouse,
        "lines": [{"lot": lot, "qty": "8"}],
        "reason_code": "damaged",
        "reason": "Se partieron al descargar la caja",
        "evidence": [desk.paper("almacen", "inventory", "Botones partidos")],
    }
    desk.refused("FIELD_INVALID", "almacen", "ProposeWriteOff", {**body, "evidence": []}, day=WRITTEN_OFF)
    too_many = {**body, "lines": [{"lot": lot, "qty": "800"}]}
    desk.refused("STOCK_INSUFFICIENT", "almacen", "ProposeWriteOff", too_many, day=WRITTEN_OFF)
    proposed = str(desk.act("almacen", "ProposeWriteOff", body, "write-off", day=WRITTEN_OFF)["id"])
    desk.refused("NOT_AUTHORISED", "almacen", "ApproveWriteOff", day=WRITTEN_OFF, target=proposed)
    desk.act("control", "ApproveWriteOff", None, "write-off/approved", day=WRITTEN_OFF, target=proposed)


def _transfer(desk: Desk, lot: str) -> None:
    """FO-128 between two warehouses of the entity, with the quantity put right afterwards."""
    world = desk.world
    place: JSON = {"code": f"DEMO{world.seed}S", "name": "Almacén del sur", "place": "Calle 58 sur # 12-30"}
    other = str(desk.act("registro", "RegisterWarehouse", place, "warehouse", day=MOVED)["id"])
    body = {
        "warehouse": world.warehouse,
        "to_warehouse": other,
        "lines": [{"lot": lot, "qty": "30"}],
        "requested_by": world.staff.person("profesional"),
        "withdrawn_by": signed(display_name("profesional"), "Profesional", world.day(MOVED)),
        "released_by": signed(display_name("almacen"), "Almacén", world.day(MOVED)),
    }
    desk.refused("FIELD_INVALID", "almacen", "TransferStock", {**body, "to_warehouse": world.warehouse}, day=MOVED)
    # Who registered the receipt of the goods does not ask for them.
    own = {**body, "requested_by": world.staff.person("registro")}
    desk.refused("SOD_VIOLATION", "almacen", "TransferStock", own, day=MOVED)
    moved = desk.act("almacen", "TransferStock", body, "transfer", day=MOVED)
    right = {
        "movement": moved["id"],
        "lines": [{"lot": lot, "qty": "25"}],
        "reason_code": "wrong_entry",
        "reason": "Se trasladaron veinticinco, no treinta",
    }
    desk.refused("NOT_AUTHORISED", "colega", "ProposeCorrection", right, day=MOVED + 1)
    correction = str(desk.act("almacen", "ProposeCorrection", right, "correction", day=MOVED + 1)["id"])
    desk.refused("NOT_AUTHORISED", "almacen", "CorrectMovement", day=MOVED + 1, target=correction)
    desk.act("control", "CorrectMovement", None, "correction/made", day=MOVED + 1, target=correction)
    desk.act(
        "almacen",
        "ConfirmFormsReceived",
        {"documents": [moved["number"]]},
        "transfer/forms",
        day=MOVED,
        target=world.warehouse,
    )
