"""The installed services with two faults in them, whose errors quote a person: what a programming error looks like."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from shared.runtime.definition import installed_services

NAME, DOCUMENT = "Encarnación Bustamante Quiroga", "1098765432"
FAULTY = "AT-FALLA-1"
QUOTED = f"unexpected {NAME} with {DOCUMENT}"
_installed = installed_services()


class _Intake(_installed["intake"].application):  # type: ignore[name-defined, misc]
    # The library would take the name of the class.
    name = "intake"

    def open_call(self, *given: Any, code: str, **fields: Any) -> Any:
        if code == FAULTY:
            raise RuntimeError(QUOTED)
        return super().open_call(*given, code=code, **fields)


def _closing(*_given: Any) -> None:
    raise ValueError(QUOTED)


SERVICES = {
    **_installed,
    "intake": replace(_installed["intake"], application=_Intake),
    "assistance": replace(
        _installed["assistance"],
        reactions={**_installed["assistance"].reactions, "intake.CallClosed": _closing},
    ),
}
