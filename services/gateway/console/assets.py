"""The built style sheet and scripts: local, named by content, cached for good."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path

import structlog
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from services.gateway.problems import Problem

BUILT = Path(__file__).parent.parent / "static" / "dist"
log = structlog.get_logger("impulso.gateway")


class Assets:
    """Serves ``folder`` (an ASGI application) and gives the addresses of what is in it.

    Without a build the console still works, bare; the log says how to build it.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or BUILT
        self._files = StaticFiles(directory=self.folder, check_dir=False)

    @cached_property
    def manifest(self) -> dict[str, str]:
        path = self.folder / "manifest.json"
        if not path.exists():
            log.warning("assets_missing", hint="run npm ci && npm run build in services/gateway/static")
            return {}
        loaded: dict[str, str] = json.loads(path.read_text("utf-8"))
        return loaded

    def url(self, name: str) -> str:
        """The address of an asset by its plain name, for example ``console.css``."""
        return f"/static/{self.manifest.get(name, name)}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        named = scope["path"].rsplit("/", 1)[-1]
        if scope["method"] not in ("GET", "HEAD") or named not in self.manifest.values():
            problem: Response = Problem(404, "ROUTE_NOT_FOUND", "Esta dirección no existe.").response()
            await problem(scope, receive, send)
            return
        response = await self._files.get_response(named, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        await response(scope, receive, send)
