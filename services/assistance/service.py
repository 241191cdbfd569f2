"""The nameko class of assistance: RPC methods and what it follows, no logic."""

from __future__ import annotations

from services.assistance.definition import SERVICE
from shared.runtime.nameko_host import nameko_service

AssistanceService = nameko_service(SERVICE)
