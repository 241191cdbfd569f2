"""Invented facts for the documents under test."""

from __future__ import annotations

import struct
import zlib
from datetime import date
from decimal import Decimal
from typing import Any

from shared.documents import Sheet


def png(width: int = 60, height: int = 20) -> bytes:
    """A small drawing: a diagonal line."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes(0 if x // 3 == y else 255 for x in range(width)) for y in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def signed(signer: Any, capacity: str = "Profesional SESEC", **changes: Any) -> dict[str, Any]:
    sign = {"signer": signer, "capacity": capacity, "method": "handwritten_scan", "signed_on": date(2026, 10, 20)}
    return {**sign, "image": png(), **changes}


SHEET = Sheet("FO-068", "Comunicación externa", "V1", date(2019, 10, 23), "2026-000123", "ab" * 32)


def letter(result: str = "not_met", **changes: Any) -> dict[str, Any]:
    outcomes = {"G07": "not_met" if result == "not_met" else "met", "E04": "pending", "G09": "not_applicable"}
    codes = [*(f"G{n:02d}" for n in range(1, 13)), *(f"E{n:02d}" for n in range(1, 6))]
    criteria = [
        {
            "code": code,
            "name": f"Nombre de {code}",
            "outcome": outcomes.get(code, "met"),
            "reason": f"Motivo de {code}",
            "evidence_reviewed": f"Evidencia de {code}",
        }
        for code in codes
    ]
    facts = {
        "dated": date(2026, 10, 16),
        "addressee": "Yolanda Pinto Murcia",
        "address": "Carrera 78K n.º 38-52 Sur\nKennedy",
        "channel": "e_mail",
        "subject": "Resultado de la verificación",
        "as_of": date(2026, 10, 15),
        "criteria_set_version": "1",
        "result": result,
        "criteria": criteria,
        "favourable_points": "Vive y trabaja en Bogotá.",
        "how_to_request_reconsideration": "Pídalo por escrito con los documentos que lo prueben.",
        "reconsideration_until": date(2026, 10, 30),
        "signed_by": signed("Ana Lucía Montes", method="electronic", image=None),
        "sent_on": date(2026, 10, 16),
    }
    return {**facts, **changes}


def receipt(lines: int = 2, **changes: Any) -> dict[str, Any]:
    goods = [
        {
            "item": f"TELA-{n:02d}",
            "description": "Tela índigo",
            "lot": "L-0458",
            "expires_on": None,
            "qty": Decimal("12.5"),
            "unit": "m",
            "unit_cost": Decimal("18450.90"),
        }
        for n in range(1, lines + 1)
    ]
    facts = {
        "received_on": date(2026, 10, 18),
        "warehouse": "Bodega 1",
        "origin": "operator_contract",
        "contract": "CPS 0312 de 2026",
        "supplier": "Textiles del Norte",
        "delivery_note": None,
        "lines": goods,
        "received_by": signed("Jairo Quintero", "Almacenista"),
        "booked_by": "Luz Ortega",
        "remarks": None,
    }
    return {**facts, **changes}


def moved(**changes: Any) -> dict[str, Any]:
    """Facts that serve FO-110 part B, FO-128 and the delivery receipt alike."""
    line = {
        "receipt_line": "B1-2026-17 / 1",
        "assignment_line": "B1-2026-4 / 1",
        "withdrawal_line": "B1-2026-9 / 1",
        "item": "TELA-01",
        "lot": "L-0458",
        "qty": Decimal("1234.125"),
        "unit": "m",
        "condition": "Buen estado",
    }
    facts = {
        "assigned_on": date(2026, 10, 19),
        "withdrawn_on": date(2026, 10, 20),
        "delivered_on": date(2026, 10, 21),
        "warehouse": "Bodega 1",
        "from_warehouse": "Bodega 1",
        "to": "Caso 7b0f9c52",
        "case": "7b0f9c52",
        "place": "Kennedy",
        "purpose": "delivery",
        "incentive_decision": "15/10/2026",
        "withdrawal_no": "B1-2026-9",
        "lines": [line],
        "responsible": signed("Luz Ortega"),
        "requested_by": "Ana Lucía Montes",
        "released_by": signed("Jairo Quintero", "Almacenista"),
        "withdrawn_by": signed("Ana Lucía Montes"),
        "beneficiary": signed("Yolanda Pinto", "Beneficiaria"),
        "witness": "Pedro Pinto",
        "recorded_by": "Ana Lucía Montes",
        "photo": png(90, 60),
    }
    return {**facts, **changes}
