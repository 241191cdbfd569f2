"""The nameko class of intake: RPC methods and what it follows, no logic."""

from __future__ import annotations

from services.intake.definition import SERVICE
from shared.runtime.nameko_host import nameko_service

IntakeService = nameko_service(SERVICE)
