"""Writes the Grafana dashboard from the declared metrics: a figure that is declared is shown, one that isn't cannot be.

python deploy/grafana/generate.py            write deploy/grafana/impulso.json
python deploy/grafana/generate.py --check    exit 1 when it is not what the declarations say
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from shared.runtime import metrics  # noqa: E402
from shared.runtime.metrics import Metric  # noqa: E402

DASHBOARD = ROOT / "deploy" / "grafana" / "impulso.json"
SOURCE = {"type": "prometheus", "uid": "${source}"}
ROWS: tuple[tuple[str, tuple[Metric, ...]], ...] = (
    ("Salud", (metrics.CHECK_OK, metrics.BREAKER_OPEN, metrics.FOLLOWER_STATE, metrics.PARKED)),
    ("La puerta de entrada", (metrics.HTTP_REQUESTS, metrics.HTTP_SECONDS, metrics.RPC_SECONDS, metrics.RPC_FAILURES)),
    ("Acciones", (metrics.COMMANDS, metrics.REFUSALS, metrics.COMMAND_SECONDS, metrics.GROUP_SIZE)),
    ("Entrega", (metrics.FOLLOWER_LAG, metrics.FOLLOWER_AGE, metrics.RELAY_BACKLOG, metrics.LOG_HEAD)),
    (
        "Sellos",
        (
            metrics.SEALED,
            metrics.SEAL_AGE,
            metrics.CHECKPOINTS,
            metrics.COSIGNED,
            metrics.COSIGN_AGE,
            metrics.DIVERGENT,
        ),
    ),
    ("Eventos", (metrics.PUBLISHED, metrics.APPLIED, metrics.PULLED, metrics.DUPLICATE, metrics.PARKED_COUNT)),
    ("Ingresos y procesos", (metrics.ACCESS, metrics.MEMORY, metrics.PROCESSOR, metrics.STARTED)),
)
WIDTH, HEIGHT = 6, 8
QUANTILES = (0.5, 0.99)


def expressions(metric: Metric) -> list[tuple[str, str]]:
    """What is drawn for a metric, as expression and legend."""
    by = ", ".join(metric.labels) or "instance"
    legend = " ".join(f"{{{{{label}}}}}" for label in metric.labels or ("instance",))
    if metric.kind == "counter":
        return [(f"sum by ({by}) (rate({metric.name}[5m]))", legend)]
    if metric.kind == "gauge":
        return [(f"max by ({by}) ({metric.name})", legend)]
    rate = f"sum by ({by}, le) (rate({metric.name}_bucket[5m]))"
    return [(f"histogram_quantile({each}, {rate})", f"p{each * 100:g} {legend}") for each in QUANTILES]


def unit(metric: Metric) -> str:
    """Grafana's name of the unit."""
    if metric.kind == "counter":
        return "percentunit" if metric is metrics.PROCESSOR else "ops"
    if metric is metrics.STARTED:
        return "dateTimeFromNow"
    return "bytes" if metric.name.endswith("_bytes") else "s" if metric.name.endswith("_seconds") else "short"


def panel(metric: Metric, number: int, x: int, y: int) -> dict[str, Any]:
    scale = 1000 if metric is metrics.STARTED else 1
    return {
        "id": number,
        "type": "timeseries",
        "title": metric.name,
        "description": metric.help,
        "datasource": SOURCE,
        "gridPos": {"x": x, "y": y, "w": WIDTH, "h": HEIGHT},
        "fieldConfig": {"defaults": {"unit": unit(metric), "min": 0}, "overrides": []},
        "targets": [
            {
                "refId": "ABCDEF"[index],
                "datasource": SOURCE,
                "expr": expression if scale == 1 else f"{expression} * {scale}",
                "legendFormat": legend,
            }
            for index, (expression, legend) in enumerate(expressions(metric))
        ],
    }


def dashboard() -> dict[str, Any]:
    """The whole dashboard, as Grafana imports it."""
    panels: list[dict[str, Any]] = []
    number = y = 0
    for title, shown in ROWS:
        number += 1
        panels.append({"id": number, "type": "row", "title": title, "gridPos": {"x": 0, "y": y, "w": 24, "h": 1}})
        y += 1
        for index, metric in enumerate(shown):
            number += 1
            panels.append(panel(metric, number, index % 4 * WIDTH, y + index // 4 * HEIGHT))
        y += (len(shown) + 3) // 4 * HEIGHT
    source = {"name": "source", "type": "datasource", "query": "prometheus", "label": "Fuente"}
    return {
        "uid": "impulso",
        "title": "Impulso",
        "tags": ["impulso"],
        "schemaVersion": 39,
        "timezone": "America/Bogota",
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": [source]},
        "panels": panels,
    }


def text() -> str:
    return json.dumps(dashboard(), ensure_ascii=False, indent=1) + "\n"


def main() -> int:
    if "--check" in sys.argv[1:]:
        return 0 if DASHBOARD.exists() and DASHBOARD.read_text("utf-8") == text() else 1
    DASHBOARD.write_text(text(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
