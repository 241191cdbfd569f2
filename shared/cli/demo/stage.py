"""Setting the stage: staff, calls, contracts and warehouse of a demonstration, made once and found again."""

from __future__ import annotations

from datetime import date, timedelta

from shared.catalogue.catalogue import Catalogue
from shared.cli.api import Api, Refused
from shared.cli.demo.papers import PDF, pdf
from shared.cli.demo.staff import OFFICE, OPERATORS, Staff, display_name
from shared.cli.demo.stock import set_up_warehouse
from shared.cli.demo.world import DAYS_BACK, JSON, NotAsExpected, World, commands_of, once_heard
from shared.runtime.clock import today

SPECIFICATION = "ESPECIFICACION-PR-156"
CALLS = (("main", "A", None, 0), ("small", "B", 1, 0), ("next", "C", None, 25))
"""Name, suffix of the code, quota (the small one has a single place) and the day on which it opens."""
CONTRACTS = (("main", "01", "Operador Ejemplo SAS"), ("other", "02", "Otro Operador Ejemplo SAS"))
LASTS = 365
"""Days that calls and contracts run."""


def set_stage(administrator: Api, staff: Staff, seed: int, cases: int) -> World:
    """Everything that the cases need. Raises `NotAsExpected`."""
    staff.install(administrator, OFFICE)
    coordinator = staff["coordinadora"]
    world = World(seed, staff, Catalogue.load(), commands_of(coordinator), _base(coordinator, seed))
    for name, suffix, quota, opens in CALLS:
        world.calls[name] = _open_call(world, _code(seed, suffix), name, quota, opens)
    world.field_day = _hold_field_day(world)
    for name, suffix, operator in CONTRACTS:
        world.contracts[name] = _register_contract(world, f"DEMO-{seed}-{suffix}", name, operator)
    staff.install(administrator, OPERATORS, world.contracts)
    set_up_warehouse(world, cases)
    return world


def _code(seed: int, suffix: str) -> str:
    return f"DEMO-{seed}-{suffix}"


def _base(coordinator: Api, seed: int) -> date:
    """The first day: that of the earlier run of this seed, else `DAYS_BACK` days ago."""
    code = _code(seed, CALLS[0][1])
    for call in coordinator.pages("/api/calls", text=code):
        if call["code"] == code:
            return date.fromisoformat(call["opens_on"])
    return today() - timedelta(days=DAYS_BACK)


def _open_call(world: World, code: str, name: str, quota: int | None, opens: int) -> str:
    coordinator = world.staff["coordinadora"]
    specification = pdf("Especificaciones técnicas", code)
    stored = coordinator.upload_bytes("intake", "especificaciones.pdf", specification, PDF)
    body: JSON = {
        "code": code,
        "name": f"Demostración {world.seed}",
        "service": "technical_assistance",
        "specifications": world.catalogue.text(SPECIFICATION, world.base).body,
        "specifications_file": stored["id"],
        "product_types": ["textile", "leather_goods", "costume_jewellery"],
        "routes": ["entrepreneurship", "strengthening"],
        "localities": [f"{number:02d}" for number in range(1, 21)],
        "opens_on": world.day(opens).isoformat(),
        "closes_on": world.day(LASTS).isoformat(),
        "executor_kind": "operator_contract",
    }
    if quota is not None:
        body["cohort_quota"] = quota
    return str(_order(world, "coordinadora", "OpenCall", body, "call", name)["id"])


def _hold_field_day(world: World) -> str:
    body = {
        "held_on": world.day(1).isoformat(),
        "place": "Plaza de los Mártires",
        "locality": "14",
        "team": [world.staff.person("profesional"), world.staff.person("colega")],
        "characterisations": [f"CAR-{world.seed}-{number}" for number in range(1, 4)],
    }
    return str(_order(world, "profesional", "RecordFieldDay", body, "field day")["id"])


def _register_contract(world: World, number: str, name: str, operator: str) -> str:
    body = {
        "number": number,
        "kind": "contract",
        "operator": operator,
        "object": "Asistencia técnica y fortalecimiento de unidades productivas",
        "purposes": ["advice", "accompaniment"],
        "value": "250000000",
        "starts_on": world.day(0).isoformat(),
        "ends_on": world.day(LASTS).isoformat(),
        "supervisor": display_name("supervision"),
        "calls_covered": [world.calls["main"], world.calls["small"]],
        "obligations": [{"id": "T1", "aspect": "technical", "text": "Dos visitas por unidad cada mes"}],
    }

    def register() -> JSON:
        return world.order("supervision", "RegisterContract", body, key=world.key("stage", "contract", name), day=1)

    # The contract names calls: assistance has to have heard of them from intake.
    return str(once_heard(register, ("NOT_FOUND",), f"que asistencia conozca las convocatorias de {number}")["id"])


def _order(world: World, who: str, command: str, body: JSON, *step: str) -> JSON:
    try:
        return world.order(who, command, body, key=world.key("stage", *step), day=1)
    except Refused as refused:
        raise NotAsExpected(f"{command} dio {refused.code}: {refused.text}") from None
