"""The questions of the warehouse."""

from __future__ import annotations

from services.gateway.api.params import (
    KARDEX,
    PAGED,
    SEARCH,
    TWO_CLOCKS,
    QueryRoute,
    id_param,
    text_param,
)

ROUTES: tuple[QueryRoute, ...] = (
    QueryRoute(
        "/api/unmatched",
        "inventory",
        "unmatched",
        "Líneas del almacén sin cruzar, con su edad en días hábiles, a la fecha de los dos relojes",
        (
            text_param("kind", "receipt, assignment, withdrawal, forms o count."),
            text_param("warehouse", "Código del almacén."),
            *TWO_CLOCKS,
            *PAGED,
        ),
    ),
    QueryRoute("/api/expiring-lots", "inventory", "expiring", "Lotes vencidos o por vencer", (*TWO_CLOCKS, *PAGED)),
    QueryRoute(
        "/api/closed-periods",
        "inventory",
        "closed_periods",
        "Meses cerrados del almacén, con sus saldos y valores",
        (text_param("period", "Mes, AAAA-MM."), text_param("warehouse", "Código del almacén."), *PAGED),
    ),
    QueryRoute(
        "/api/items",
        "inventory",
        "items",
        "Elementos del almacén",
        (SEARCH, text_param("kind", "Clase de elemento."), *PAGED),
    ),
    QueryRoute("/api/warehouses", "inventory", "warehouses", "Almacenes", PAGED),
    QueryRoute(
        "/api/stock",
        "inventory",
        "stock",
        "Existencias y su valor por almacén, elemento y lote, a la fecha de los dos relojes",
        (id_param("warehouse", "Almacén."), id_param("item", "Elemento."), *TWO_CLOCKS, *PAGED),
    ),
    QueryRoute(
        "/api/valuation",
        "inventory",
        "valuation",
        "Cantidad, valor y costo promedio por almacén y elemento, a la fecha de los dos relojes",
        (id_param("warehouse", "Almacén."), id_param("item", "Elemento."), *TWO_CLOCKS, *PAGED),
    ),
    QueryRoute(
        "/api/kardex",
        "inventory",
        "kardex",
        "Kárdex: movimientos por elemento, lote, almacén, caso, contrato o persona en custodia",
        (*KARDEX, *PAGED),
    ),
    QueryRoute(
        "/api/stock-counts",
        "inventory",
        "counts",
        "Conteos físicos del almacén",
        (text_param("state", "open, recorded o undecided."), *PAGED),
    ),
    QueryRoute(
        "/api/adjustments",
        "inventory",
        "adjustments",
        "Ajustes de inventario propuestos y decididos",
        (text_param("state", "proposed, approved o rejected."), *PAGED),
    ),
    QueryRoute(
        "/api/write-offs",
        "inventory",
        "write_offs",
        "Bajas de inventario propuestas y decididas",
        (text_param("state", "proposed, approved o rejected."), *PAGED),
    ),
    QueryRoute(
        "/api/corrections",
        "inventory",
        "corrections",
        "Correcciones de movimientos propuestas y decididas, y lo que ya había usado el registro errado",
        (text_param("state", "proposed, approved o rejected."), *PAGED),
    ),
    QueryRoute("/api/receipts", "inventory", "receipts", "Altas de almacén (FO-110)", PAGED),
    QueryRoute("/api/transfers", "inventory", "transfers", "Traslados entre almacenes (FO-128)", PAGED),
    QueryRoute(
        "/api/withdrawals",
        "inventory",
        "withdrawals",
        "Traslados de elementos (FO-128)",
        (text_param("state", "Estado."), *PAGED),
    ),
)
