"""Events of the gateway's own store: roles (requirements 9). The rest of it is known to nobody else."""

from __future__ import annotations

from shared.contracts.events import Service
from shared.contracts.every_service import every_service

gateway = Service("gateway")

CONTRACTS = (
    *gateway.kept_inside("RoleGranted", "RoleEnded"),
    *every_service(gateway),
)
