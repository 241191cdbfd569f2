"""Activities 16 to 18 under another operator: the case changes hands in the middle of the assistance."""

from __future__ import annotations

from shared.cli.demo.acts_end import WORKED, activity, measurement
from shared.cli.demo.acts_incentive import plan_form
from shared.cli.demo.journey import Journey
from shared.cli.demo.world import JSON

PROPOSED, REVISED, DECIDED, MEASURED, SOLD = 31, 32, 33, 38, 42


def transfer(case: Journey) -> None:
    """The coordinator names another contract; it counts once the operator of that one accepts."""
    body = {
        "contract": case.world.contracts["other"],
        "reason": case.person.remark("El operador no llega a la localidad"),
    }
    case.refused("NOT_AUTHORISED", "profesional", "TransferExecutor", body, day=PROPOSED, always=True)
    present = {**body, "contract": case.world.contracts["main"]}
    case.refused("FIELD_INVALID", "coordinadora", "TransferExecutor", present, day=PROPOSED, always=True)
    case.act("coordinadora", "TransferExecutor", body, day=PROPOSED)
    case.refused("NOT_AUTHORISED", "operador", "AcceptHandover", day=PROPOSED)
    case.refused("NOT_AUTHORISED", "otro-operador", "RevisePlan", _revision(case), day=PROPOSED, always=True)
    case.act("otro-operador", "AcceptHandover", day=PROPOSED)
    case.refused("NOT_AUTHORISED", "operador", "RevisePlan", _revision(case), day=PROPOSED, always=True)


def go_on(case: Journey) -> None:
    """The new operator revises the plan and works by it; no incentive is decided."""
    silent = {**_revision(case), "dropped": []}
    case.refused("FIELD_INVALID", "otro-operador", "RevisePlan", silent, day=REVISED, always=True)
    case.act("otro-operador", "RevisePlan", _revision(case), day=REVISED)
    defence = {
        "result": "favourable",
        "panel": [{"name": "Rosaura Guazpinilla", "post": "Asesoría empresarial"}],
        "remarks": case.person.remark("El nuevo plan se puede cumplir"),
    }
    case.act("asesora", "RecordPlanDefence", defence, day=REVISED)
    case.act("asesora", "ApprovePlan", day=REVISED)
    no = {"decision": "no", "reason": case.person.remark("Tiene materia prima para seis meses")}
    case.act("profesional", "DecideIncentive", no, day=DECIDED)
    case.act("otro-operador", "RecordMeasurement", measurement(case, "baseline"), day=MEASURED)
    case.act("otro-operador", "RecordComponentActivity", activity(case, "c1"), day=WORKED)
    accountable = case.world.staff.person("profesional")
    sale: JSON = {
        "buyer": f"Almacén de {case.person.surnames}",
        "channel": "wholesale",
        "product_type": "textile",
        "qty": "12",
        "value": "384000",
        "accountable": accountable,
    }
    case.act("otro-operador", "RecordCommercialLink", sale, day=SOLD)
    fair: JSON = {
        "name": "Feria de temporada",
        "place": "Plaza de los Artesanos",
        "product_type": "textile",
        "qty": "9",
        "sales": "288000",
        "accountable": accountable,
    }
    case.act("otro-operador", "RecordCommercialScenario", fair, day=SOLD)


def _revision(case: Journey) -> JSON:
    form = plan_form(case)
    kept = [row for row in form["components"] if row["component"] != "d"]
    added = {"component": "e", "item": "Venta en ferias", "hours": "8"}
    return {
        "form": {**form, "components": [*kept, added]},
        "reason": case.person.remark("El taller pidió vender antes que producir más"),
        "dropped": [{"component": "d", "reason": case.person.remark("Ya produce lo que vende")}],
    }
