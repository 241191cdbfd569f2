"""What is done once for a whole demonstration, beside its cases: each step has its key, so that no run repeats it."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import uuid4

from shared.cli.api import Refused
from shared.cli.demo.journey import Provoked
from shared.cli.demo.papers import PDF, pdf
from shared.cli.demo.world import JSON, NotAsExpected, World


@dataclass
class Desk:
    """The desk of the office. ``provoked`` are the refusals that were asked for and given.

    They are tried in every run, so each is one that holds before the steps and after them.
    """

    world: World
    provoked: list[Provoked] = field(default_factory=list)

    def act(self, who: str, command: str, body: JSON | None, step: str, *, day: int, target: str | None = None) -> JSON:
        """Do the step of that name. Raises `NotAsExpected` if it is refused."""
        try:
            return self.world.order(who, command, body, key=self.world.key("desk", step), day=day, target=target)
        except Refused as refused:
            raise NotAsExpected(f"{command} por «{who}» dio {refused.code}: {refused.text}") from None

    def refused(
        self, code: str, who: str, command: str, body: JSON | None = None, *, day: int, target: str | None = None
    ) -> None:
        """Try what must be refused with ``code``."""
        try:
            self.world.order(who, command, body, key=uuid4(), day=day, target=target)
        except Refused as refused:
            if refused.code != code:
                raise NotAsExpected(f"se esperaba {code}: {command} dio {refused.code}: {refused.text}") from None
            self.provoked.append(Provoked(command, code))
            return
        raise NotAsExpected(f"{command} por «{who}» se aceptó y debía rechazarse con {code}.")

    def paper(self, who: str, service: str, title: str) -> str:
        """The id of a PDF about nobody, stored with ``service``."""
        stored = self.world.staff[who].upload_bytes(service, f"{title}.pdf", pdf(title, str(self.world.seed)), PDF)
        return str(stored["id"])
