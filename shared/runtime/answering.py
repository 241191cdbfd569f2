"""Who asks at a desk, and how an answer or a refusal goes back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import structlog

from shared.catalogue.refusals import NotAuthorised, OutsideContract, Refusal
from shared.eventstore.application import ServiceApplication
from shared.eventstore.errors import NewerEventVersion, is_unavailable
from shared.runtime.instruments import Instruments
from shared.runtime.noting import Noting, about_of, name_of
from shared.runtime.tokens import PROGRAMME, TokenInvalid, Who

Answer = dict[str, Any]
DENIED = 403
"""The status of every refusal for want of a right, separation of duties included."""

log = structlog.get_logger("impulso.desk")


class NotAuthenticated(Refusal):
    code = "NOT_AUTHENTICATED"
    status = 401
    message = "Su sesión terminó. Inicie sesión de nuevo."


class OtherProgramme(NotAuthorised):
    message = (
        "Sus roles son de otro programa y no dan ningún derecho en {programme}. Si usted trabaja en "
        "{programme}, pida a la administración que le otorgue un rol de ese programa."
    )


class StoreAway(Refusal):
    code = "STORE_UNAVAILABLE"
    status = 503
    message = "El servicio no alcanza su base de datos. Reintente en unos segundos con la misma clave."


class Reception:
    """Knows who asks, and turns what became of it into the wire form. Safe from many threads."""

    def __init__(self, application: ServiceApplication, verify: Callable[[str], Who], instruments: Instruments) -> None:
        self._application = application
        self._service = application.name
        self.noting = Noting(application.access)
        self._verify = verify
        self._instruments = instruments

    def who(self, payload: Mapping[str, Any]) -> Who:
        """The person of the token, with the grants of this programme. Raises `NotAuthenticated`, `OtherProgramme`."""
        try:
            known = self._verify(str(payload.get("token", "")))
        except TokenInvalid as error:
            raise NotAuthenticated() from error
        who = known.within(PROGRAMME)
        if known.grants and not who.grants:
            # some readings ask for no role in particular; who has none here must not come that far.
            raise OtherProgramme(programme=PROGRAMME)
        return who

    def answered(self, work: Callable[[], Answer], payload: Answer) -> Answer:
        """``{"ok": …}`` or ``{"refusal": …}``; nothing that ``work`` raises comes through."""
        try:
            return {"ok": work()}
        except Refusal as refusal:
            return self._refused(refusal, payload)
        except Exception as error:
            # An event of a later release: a process of that release answers the next attempt.
            if is_unavailable(error) or isinstance(error, NewerEventVersion):
                return self._refused(StoreAway(), payload)
            # The text of an unforeseen error may hold anything, a name or a number included: only its place is logged.
            log.error(
                "failed",
                service=self._service,
                asked=str(payload.get("command") or payload.get("query") or ""),
                error=type(error).__name__,
                place=_place(error),
            )
            self._instruments.refused(self._service, "INTERNAL_ERROR")
            return {
                "refusal": {
                    "code": "INTERNAL_ERROR",
                    "text": "Algo falló de nuestro lado y no se guardó nada. Reintente; si sigue, avise a soporte.",
                    "status": 500,
                    "field": None,
                    "lawful": [],
                    "parameters": {},
                }
            }

    def _refused(self, refusal: Refusal, payload: Answer) -> Answer:
        """The refusal as an answer. A denial is noted before it is told (X-13)."""
        if refusal.status == DENIED or isinstance(refusal, OutsideContract):
            try:
                self._denied(refusal, payload)
            except Exception as error:
                if not is_unavailable(error):
                    raise
                refusal = StoreAway()
        self._instruments.refused(self._service, refusal.code)
        return {"refusal": refusal_state(refusal)}

    def _denied(self, refusal: Refusal, payload: Answer) -> None:
        try:
            who = self._verify(str(payload.get("token", "")))
        except TokenInvalid:
            who = None
        about = about_of(str(payload.get("query", "")), payload.get("params") or {})
        if command := payload.get("command"):
            subject = self._application.catalogue.command(str(command), self._service).subject
            about = about_of("case" if subject == "case" else "", payload)
        act = command or payload.get("query") or "file"
        code = refusal.noted_as if isinstance(refusal, OutsideContract) else refusal.code
        self.noting.denied(code, name_of(act), who, about)


def refusal_state(refusal: Refusal) -> Answer:
    """The wire form of a refusal."""
    return {
        "code": refusal.code,
        "text": refusal.text,
        "status": refusal.status,
        "field": refusal.field,
        "lawful": list(refusal.lawful),
        "parameters": {
            key: value if isinstance(value, (dict, list, int, str)) else str(value)
            for key, value in refusal.parameters.items()
        },
    }


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f"{trace.tb_frame.f_code.co_filename.rsplit('/', 2)[-1]}:{trace.tb_lineno}"
