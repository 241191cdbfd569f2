"""The nameko class of profiling: RPC methods and what it follows, no logic."""

from __future__ import annotations

from services.profiling.definition import SERVICE
from shared.runtime.nameko_host import nameko_service

ProfilingService = nameko_service(SERVICE)
