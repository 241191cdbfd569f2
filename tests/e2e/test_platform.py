"""The console's pages for who operates the platform: what they show, what their forms do, and for whom."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
import sqlalchemy as sa

from shared.cli.system import OFFICE, OPERATION, edge, install_office
from shared.contracts.envelope import Envelope
from shared.delivery.parking import Parking
from shared.delivery.ports import Failure
from shared.delivery.tables import parked
from tests.waiting import until

CASE = UUID("6f1c2a9e-3b1d-4c58-9a7e-0d2f5b8c4e11")


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    local = edge("local")(tmp_path_factory.mktemp("platform") / "data")
    local.start()
    install_office(local)
    yield local
    local.stop()


class Browser:
    """Somebody who is logged in, without scripts."""

    def __init__(self, system: Any, login: str) -> None:
        self.client = httpx.Client(base_url=system.url, follow_redirects=True, timeout=30)
        csrf = self._csrf(self.client.get("/entrar").text)
        form = {"_csrf": csrf, "usuario": login, "contrasena": system.accesses()[login]}
        self.home = self.client.post("/entrar", data=form)

    def get(self, path: str) -> httpx.Response:
        return self.client.get(path)

    def post(self, path: str, **fields: str) -> httpx.Response:
        csrf = self._csrf(self.client.get("/plataforma").text)
        return self.client.post(path, data={"_csrf": csrf, **fields})

    @staticmethod
    def _csrf(html: str) -> str:
        found = re.search(r'name="_csrf" value="([^"]+)"', html)
        assert found is not None
        return found[1]


@pytest.fixture
def operator(system: Any) -> Iterator[Browser]:
    browser = Browser(system, OPERATION)
    yield browser
    browser.client.close()


@pytest.fixture
def two_parked(system: Any) -> Iterator[Any]:
    """Two events of one case that reporting has parked: one that failed, and one behind it."""
    database = system.host.services["reporting"].application.database
    with database.write() as connection:
        for sequence, code in ((900_001, "NOT_FOUND"), (900_002, "")):
            connection.execute(sa.insert(parked).values(Parking.row("intake", _event(sequence), Failure(code, ""), 1)))
    yield database
    with database.write() as connection:
        connection.execute(sa.delete(parked))


def _event(sequence: int) -> Envelope:
    return Envelope(
        source="intake",
        type="CaseWithdrawn",
        subject=CASE,
        sequence=sequence,
        recorded_at=datetime(2026, 10, 15, 10, tzinfo=UTC),
        happened_on=date(2026, 10, 15),
        epoch="e" * 32,
        correlation_id=CASE,
        data={"reason_code": "beneficiary_will"},
        audience="S",
        major=1,
        case_version=sequence,
        entry_hash="0" * 64,
    )


def test_an_operator_begins_on_the_platform_and_sees_every_service(operator: Browser) -> None:
    assert operator.home.url.path == "/plataforma"
    for words in ("Identificación y criterios", "Almacén", "Sigue a", "al día", "completo"):
        assert words in operator.home.text


def test_a_pause_shows_its_reason_until_it_is_resumed(operator: Browser) -> None:
    shown = operator.post("/plataforma/reporting/pause", de="intake", motivo="se corrige la regla")
    assert "en pausa" in shown.text and "se corrige la regla" in shown.text
    shown = operator.post("/plataforma/reporting/resume", de="intake")
    assert "El seguimiento se reanudó." in shown.text and "en pausa" not in shown.text
    acts = operator.get("/plataforma/reporting/actos").text
    assert "Pausa" in acts and "Reanudación" in acts and "se corrige la regla" in acts


def test_a_rebuild_shows_how_far_it_is_and_how_it_ended(operator: Browser) -> None:
    assert "sigue sirviendo" in operator.post("/plataforma/reporting/rebuild", motivo="prueba").text
    piece = "/plataforma/reporting/reconstruccion"
    until(lambda: "Última reconstrucción: terminada" in operator.get(piece).text, "the rebuild ends")


def test_a_parked_event_is_found_explained_and_discarded_with_its_reason(operator: Browser, two_parked: Any) -> None:
    listed = operator.get(f"/plataforma/apartados?servicio=reporting&codigo=NOT_FOUND&caso={CASE}").text
    assert "intake:900001" in listed and "intake:900002" not in listed
    told = operator.get("/plataforma/apartados/reporting/intake/900001").text
    for words in ("Falta aquí el registro", "beneficiary_will", "Detrás de él esperan", "intake:900002"):
        assert words in told
    gone = operator.post(
        "/plataforma/reporting/discard",
        de="intake",
        numero="900001",
        motivo="registrado dos veces",
        vuelta="/plataforma/apartados/reporting/intake/900001",
    )
    assert "descartado" in gone.text and "registrado dos veces" in gone.text
    assert "intake:900001" in operator.get("/plataforma/apartados?estado=discarded").text


def test_a_form_from_elsewhere_and_an_address_of_elsewhere_do_nothing(operator: Browser) -> None:
    refused = operator.client.post("/plataforma/reporting/pause", data={"de": "intake", "motivo": "x"})
    assert refused.status_code == 403
    led = operator.post("/plataforma/reporting/resume", de="intake", vuelta="//example.org/")
    assert led.url.path == "/plataforma"
    assert operator.post("/plataforma/reporting/status").status_code == 404


def test_who_works_on_cases_does_not_operate_the_platform(system: Any) -> None:
    caseworker = Browser(system, OFFICE)
    assert caseworker.get("/plataforma").status_code == 403
    assert "Plataforma</a>" not in caseworker.home.text
    caseworker.client.close()
