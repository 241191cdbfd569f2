"""Events of inventory: receipts, assignments, withdrawals, deliveries (requirements 9; PR-156 act 19)."""

from __future__ import annotations

from shared.contracts.events import Service
from shared.contracts.every_service import every_service
from shared.contracts.published import (
    Code,
    Day,
    Flag,
    Id,
    Key,
    Lines,
    Month,
    Quantity,
    Several,
)

inventory = Service("inventory")

ITEM, LOT, UNIT, WAREHOUSE = Key(example="TELA-01"), Key(example="2026-000017-1"), Code(example="m"), Key(example="B1")
STOCK_LINES = Lines(lot=LOT, item=ITEM, qty=Quantity(), unit=UNIT)
RETURNED_LINES = Lines(
    lot=LOT,
    item=ITEM,
    qty=Quantity(),
    unit=UNIT,
    origin=Code(optional=True, example="custody", about="custody or beneficiary: from whom the goods came back"),
)
ASSIGNMENT = {
    "assignment_id": Id(),
    "decision_id": Id(),
    "lines": Lines(lot=LOT, qty=Quantity()),
}
MOVEMENT = {
    "movement_id": Id(),
    "lines": STOCK_LINES,
    "reason_code": Code(optional=True, example="damaged"),
}

CONTRACTS = (
    inventory.event(
        "StockReceived",
        (19,),
        "I",
        fo110_no=Code(example="2026-000017"),
        warehouse=WAREHOUSE,
        contract_id=Id(optional=True),
        lines=Lines(
            lot=LOT,
            item=ITEM,
            qty=Quantity(),
            unit=UNIT,
            expires_on=Day(optional=True),
        ),
    ),
    inventory.event("StockAssigned", (19,), "S", **ASSIGNMENT),
    inventory.event("StockAssignmentReleased", (19,), "S", **ASSIGNMENT),
    inventory.event("WithdrawalRequested", (19,), "S", request_id=Id()),
    inventory.event("WithdrawalRefused", (19,), "S", request_id=Id()),
    inventory.event(
        "StockWithdrawn",
        (19,),
        "I",
        fo128_no=Code(example="2026-000009"),
        lines=STOCK_LINES,
    ),
    inventory.event(
        "IncentiveDelivered",
        (19,),
        "I",
        delivery_id=Id(),
        decision_id=Id(),
        fo128_no=Code(example="2026-000009"),
        lines=Lines(item=ITEM, lot=LOT, qty=Quantity(), unit=UNIT),
        delivered_on=Day(),
        complete=Flag(about="true when everything decided was delivered or cancelled (INV-12)"),
    ),
    inventory.event(
        "WarehouseFormsReceived",
        (19,),
        "S",
        document_numbers=Several(Code(example="2026-000009")),
    ),
    inventory.event(
        "StockReturned",
        (19,),
        "I",
        **{**MOVEMENT, "lines": RETURNED_LINES},
        # Without it nobody outside could tell which decision is no longer delivered in full (INV-12).
        decision_id=Id(optional=True),
    ),
    inventory.event("StockTransferred", (19,), "I", **MOVEMENT),
    inventory.event("StockAdjusted", (19,), "I", **MOVEMENT),
    inventory.event("StockWrittenOff", (19,), "I", **MOVEMENT),
    inventory.event(
        "MovementCorrected",
        (19,),
        "I",
        **{**MOVEMENT, "lines": RETURNED_LINES},
        # Of a document of a case, others counted what it said: they follow only if they learn which, and whose.
        kind=Code(example="delivery", about="what was corrected: receipt, transfer, delivery and so on"),
        case_id=Id(optional=True),
        decision_id=Id(optional=True),
    ),
    inventory.event("PeriodClosed", (), "I", period=Month(), warehouse=WAREHOUSE),
    *inventory.kept_inside(
        "ItemRegistered",
        "CountStarted",
        "CountRecorded",
        "AdjustmentProposed",
        "AdjustmentRejected",
        "WriteOffProposed",
        "WriteOffRejected",
        "CorrectionProposed",
        "CorrectionRejected",
        "WarehouseRegistered",
        "ItemAmended",
        "ItemPutInUse",
        "DocumentSeriesOpened",
        "DocumentNumberAllotted",
        "LotReceived",
        "LotAssigned",
        "LotFreed",
        "LotWithdrawn",
        "LotReturned",
        "LotAdjusted",
        "LotTransferred",
        "LotCorrected",
        "CaseMovementCorrected",
        "CaseNoted",
        "CandidateLinked",
        "CaseStateNoted",
        "ExecutorNoted",
        "ExclusionNoted",
        "ExclusionLiftNoted",
        "NeedOpened",
        "NeedLowered",
    ),
    *every_service(inventory),
)
