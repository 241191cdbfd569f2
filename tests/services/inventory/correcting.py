"""Proposing and confirming corrections of movements, and what they leave in store."""

from __future__ import annotations

from typing import Any

import pytest

from tests.services.inventory.desk import Office, Refused, sign

WHY = {"reason_code": "wrong_entry", "reason": "Se digitó mal la remisión."}
DECISIONS: tuple[tuple[str, dict[str, str]], ...] = (("CorrectMovement", {}), ("RejectCorrection", {"reason": "No."}))


def received(opened: Office, **line: Any) -> dict[str, Any]:
    """Ten metres of cloth received on the 2nd; answers a proposal: they were twelve."""
    warehouse = opened.warehouse()
    opened.item()
    receipt = opened.receive(warehouse, **line)
    return {"movement": receipt["id"], "lines": [{"lot": receipt["lots"][0], "qty": "12"}], **WHY}


def propose(opened: Office, body: dict[str, Any], who: str = "registrar", on: str = "2026-11-08") -> str:
    return str(opened.act(who, "ProposeCorrection", on=on, **body)["id"])


def correct(opened: Office, body: dict[str, Any], who: str = "registrar", on: str = "2026-11-09") -> str:
    correction = propose(opened, body, who)
    opened.act("controller", "CorrectMovement", correction, on=on)
    return correction


def of(body: dict[str, Any], qty: str, **more: Any) -> dict[str, Any]:
    """The proposal with another right quantity."""
    return {**body, "lines": [{**body["lines"][0], "qty": qty}], **more}


def refusal(opened: Office, *args: Any, **body: Any) -> str:
    with pytest.raises(Refused) as refused:
        opened.act(*args, **body)
    return refused.value.code


def on_hand(opened: Office, **params: str) -> dict[str, str]:
    return {row["warehouse_code"]: row["on_hand"] for row in opened.ask("stock", **params)["items"]}


def transferred(opened: Office, qty: str = "4") -> dict[str, Any]:
    """Four of ten metres went from BOG1 to BOG2 on the 5th; answers a proposal: they were three."""
    body = received(opened)
    warehouse = opened.ask("receipts")["items"][0]["warehouse_id"]
    lot = body["lines"][0]["lot"]
    moved = opened.act(
        "keeper",
        "TransferStock",
        on="2026-11-05",
        warehouse=warehouse,
        to_warehouse=opened.warehouse("BOG2"),
        lines=[{"lot": lot, "qty": qty}],
        requested_by=str(opened.person("caseworker")),
        withdrawn_by=sign("Pedro Campo"),
    )
    return {"movement": moved["id"], "lines": [{"lot": lot, "qty": "3"}], **WHY}
