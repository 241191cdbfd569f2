"""The console: pages that work without scripts, forms that only our own pages can send, personal data masked."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser
from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.gateway.console import forms
from shared.contracts.layout import command_layout
from shared.runtime.clock import today
from tests.services.gateway.conftest import Api, Gateway, new_person
from tests.services.gateway.remote import DOCUMENT, NAME

pytestmark = pytest.mark.anyio


class Page(HTMLParser):
    """What of a page the tests look at: hidden fields, links, sources, inline code, ids and what points to them."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.addresses: list[str] = []
        self.inline: list[str] = []
        self.ids: list[str] = []
        self.labelled: list[str] = []
        self.inputs: list[dict[str, Any]] = []
        self.text = ""
        self.feed(answer.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "input" and given.get("type") == "hidden":
            self.fields[str(given["name"])] = given.get("value") or ""
        elif tag in ("input", "select", "textarea"):
            self.inputs.append(given)
        self.addresses += [str(given[name]) for name in ("href", "src", "action") if given.get(name)]
        self.inline += [name for name in given if name == "style" or name.startswith("on")]
        if tag in ("script", "style") and not given.get("src"):
            self.inline.append(tag)
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if tag == "label" and given.get("for"):
            self.labelled.append(str(given["for"]))

    def handle_data(self, data: str) -> None:
        self.text += data + " "


async def enter(client: httpx.AsyncClient, login: str, password: str) -> httpx.Response:
    form = Page(await client.get("/entrar"))
    return await client.post("/entrar", data={**form.fields, "usuario": login, "contrasena": password})


@pytest.fixture
async def browser(gateway: Gateway, admin: Api):
    login, password, _ = await new_person(admin, "carla", "caseworker", "psychosocial")
    async with gateway.client() as client:
        answer = await enter(client, login, password)
        assert answer.status_code == 303 and answer.headers["location"] == "/trabajo"
        yield client


def act_path(gateway: Gateway, command: str = "profiling/ValidateProfile") -> str:
    return f"/actos/{command}?caso={gateway.remote.case_id}"


async def test_without_log_in_every_page_leads_to_it_and_back(gateway: Gateway) -> None:
    async with gateway.client() as client:
        answer = await client.get(f"/casos/{gateway.remote.case_id}")
        assert answer.status_code == 303
        assert answer.headers["location"] == f"/entrar?siguiente=/casos/{gateway.remote.case_id}"
        for elsewhere in ("//evil.example", "https://evil.example", "/\\evil.example"):
            form = Page(await client.get("/entrar", params={"siguiente": elsewhere}))
            assert form.fields["siguiente"] == "/trabajo"


async def test_the_cookie_is_new_at_log_in_unreadable_for_scripts_and_dead_after_log_out(
    gateway: Gateway, admin: Api
) -> None:
    login, password, _ = await new_person(admin, "flor", "caseworker")
    async with gateway.client(base_url="https://impulso.test") as client:
        client.cookies.set("__Host-impulso", "planted-by-an-attacker")
        answer = await enter(client, login, password)
        cookie = next(one for one in answer.headers.get_list("set-cookie") if one.startswith("__Host-impulso="))
        assert "planted" not in cookie
        assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
        token = cookie.split("=", 1)[1].split(";")[0]
        client.cookies = httpx.Cookies({"__Host-impulso": token})
        page = Page(await client.get("/casos"))
        assert (await client.post("/salir", data={"_csrf": page.fields["_csrf"]})).status_code == 303
        client.cookies = httpx.Cookies({"__Host-impulso": token})
        assert (await client.get("/casos")).status_code == 303


async def test_a_token_planted_before_log_in_opens_nothing_afterwards(gateway: Gateway, admin: Api) -> None:
    login, password, _ = await new_person(admin, "greta", "caseworker")
    async with gateway.client() as victim, gateway.client() as attacker:
        victim.cookies.set("impulso", "known-to-the-attacker")
        await enter(victim, login, password)
        attacker.cookies.set("impulso", "known-to-the-attacker")
        assert (await attacker.get("/casos")).status_code == 303


async def test_a_form_that_did_not_come_from_this_session_is_refused(gateway: Gateway, browser: Any) -> None:
    key = str(uuid4())
    for token in ({"_csrf": ""}, {"_csrf": "0" * 64}):
        data = {**token, "_key": key, "_id": str(gateway.remote.case_id), "decision": "approve", "reason": "x"}
        answer = await browser.post("/actos/profiling/ValidateProfile", data=data)
        assert answer.status_code == 403 and "text/html" in answer.headers["content-type"]
        for path in ("/salir", "/casos/buscar", f"/casos/{gateway.remote.case_id}/revelar", "/contrasena"):
            assert (await browser.post(path, data=token)).status_code == 403
    files = {"archivo": ("a.csv", b"1;2", "text/csv")}
    assert (await browser.post("/importar", data={"convocatoria": "x"}, files=files)).status_code == 403
    assert gateway.remote.files == {} and gateway.remote.version == 7
    async with gateway.client() as stranger:
        answer = await stranger.post("/entrar", data={"usuario": "carla", "contrasena": "x", "_csrf": "y"})
        assert answer.status_code == 403


async def test_the_cookie_reads_the_api_but_never_writes_through_it(gateway: Gateway, browser: Any) -> None:
    assert (await browser.get("/api/cases")).status_code == 200
    path = f"/api/cases/{gateway.remote.case_id}/validate-profile"
    answer = await browser.post(path, json={}, headers={"Idempotency-Key": str(uuid4())})
    assert answer.status_code == 401


async def test_the_case_page_masks_personal_data_until_someone_asks_and_that_is_logged(
    gateway: Gateway, browser: Any
) -> None:
    where = f"/casos/{gateway.remote.case_id}"
    page = await browser.get(where)
    assert NAME not in page.text and DOCUMENT not in page.text and "R••••••" in page.text
    before = len(gateway.door.access_log.entries())
    shown = await browser.post(f"{where}/revelar", data={"_csrf": Page(page).fields["_csrf"], "clase": ["i", "c"]})
    assert NAME in shown.text and DOCUMENT in shown.text and "[SUPRIMIDO]" in shown.text
    rows = gateway.door.access_log.entries()[before:]
    assert [(row["what"], row["case_id"], row["classes"]) for row in rows] == [
        ("personal_data_read", str(gateway.remote.case_id), "ci")
    ]
    assert shown.headers["cache-control"] == "no-store"


async def test_the_case_page_shows_the_timeline_with_both_clocks_and_the_next_acts(
    gateway: Gateway, browser: Any
) -> None:
    text = re.sub(r"\s+", " ", Page(await browser.get(f"/casos/{gateway.remote.case_id}")).text)
    assert "Perfilado" in text and "Entrevista registrada" in text
    assert "Ocurrió: 28 de octubre de 2026" in text and "Registrado: 3 nov 2026, 10:00" in text and "tardío" in text
    assert "Validar la perfilación" in text and "Otras acciones que proceden" in text and "Lo hace:" in text


async def test_a_service_that_is_away_leaves_the_rest_of_the_case_readable(gateway: Gateway, browser: Any) -> None:
    gateway.remote.away = {"inventory", "reporting"}
    answer = await browser.get(f"/casos/{gateway.remote.case_id}")
    assert answer.status_code == 200 and "No se pudo consultar: Almacén" in answer.text
    gateway.remote.away = {"intake", "profiling", "assistance", "inventory", "reporting"}
    answer = await browser.get(f"/casos/{gateway.remote.case_id}")
    assert answer.status_code == 503 and "Retry-After" in answer.headers


async def test_an_act_is_done_once_with_its_key_and_version_and_confirmed(gateway: Gateway, browser: Any) -> None:
    form = Page(await browser.get(act_path(gateway)))
    assert form.fields["_version"] == "7"
    data = {**form.fields, "decision": "approve", "reason": "Cumple todo", "happened_on": "2026-10-15"}
    done = await browser.post("/actos/profiling/ValidateProfile", data=data)
    assert done.status_code == 303
    confirmed = await browser.get(done.headers["location"])
    assert "Se registró: Validar la perfilación" in confirmed.text
    again = await browser.post("/actos/profiling/ValidateProfile", data=data)
    assert again.status_code == 303 and gateway.remote.version == 8
    payload = next(p for _, method, p in gateway.remote.received if method == "command")
    assert payload["command_id"] == form.fields["_key"] and payload["expected_version"] == 7
    assert payload["channel"] == "console" and payload["happened_on"] == "2026-10-15"


async def test_what_is_known_already_stands_in_the_screen_of_an_act(gateway: Gateway, browser: Any) -> None:
    """FRM-5: what the case knows for an act is filled in, may be changed, and is no value of another act."""
    gateway.remote.defaults = {"ValidateProfile": {"reason": "Cumple según la matriz, año 2026"}}
    assert "Cumple según la matriz, año 2026" in (await browser.get(act_path(gateway))).text
    gateway.remote.defaults = {"ClassifyProfile": {"reason": "Cumple según la matriz, año 2026"}}
    assert "Cumple según la matriz" not in (await browser.get(act_path(gateway))).text


async def test_an_error_stands_beside_its_field_with_the_values_kept_and_the_same_key(
    gateway: Gateway, browser: Any
) -> None:
    form = Page(await browser.get(act_path(gateway)))
    data = {**form.fields, "decision": "", "reason": "Un motivo <b>largo</b>"}
    answer = await browser.post("/actos/profiling/ValidateProfile", data=data)
    assert answer.status_code == 422
    page = Page(answer)
    assert 'href="#decision"' in answer.text and "decision" in page.ids and "decision-error" in page.ids
    assert "Un motivo &lt;b&gt;largo&lt;/b&gt;" in answer.text and "<b>largo" not in answer.text
    assert page.fields["_key"] == form.fields["_key"]
    assert Page(answer).text.strip().startswith("Error:")


async def test_a_conflict_keeps_what_was_typed_and_shows_the_new_version(gateway: Gateway, browser: Any) -> None:
    form = Page(await browser.get(act_path(gateway)))
    gateway.remote.version = 9
    data = {**form.fields, "decision": "approve", "reason": "Mi motivo"}
    answer = await browser.post("/actos/profiling/ValidateProfile", data=data)
    assert answer.status_code == 412 and "Mi motivo" in answer.text
    again = await browser.post("/actos/profiling/ValidateProfile", data={**data, **Page(answer).fields})
    assert again.status_code == 303


async def test_a_lost_answer_keeps_the_form_and_its_key_so_that_sending_again_is_safe(
    gateway: Gateway, browser: Any
) -> None:
    form = Page(await browser.get(act_path(gateway)))
    gateway.remote.lost = {"profiling"}
    data = {**form.fields, "decision": "approve", "reason": "Mi motivo"}
    answer = await browser.post("/actos/profiling/ValidateProfile", data=data)
    assert answer.status_code == 503 and Page(answer).fields["_key"] == form.fields["_key"]
    assert (await browser.post("/actos/profiling/ValidateProfile", data=data)).status_code == 303
    assert gateway.remote.version == 8


async def test_a_refused_file_is_told_at_its_field_and_a_good_one_survives_another_error(
    gateway: Gateway, browser: Any, admin: Api
) -> None:
    where = f"/actos/intake/RecordConsent?caso={gateway.remote.case_id}"
    form = Page(await browser.get(where))
    data = {**form.fields, "notice_version": "2", "given_on": "2026-10-15"}
    bad = {"file": ("firma.pdf", b"<script>alert(1)</script>", "application/pdf")}
    answer = await browser.post("/actos/intake/RecordConsent", data=data, files=bad)
    assert answer.status_code in (415, 422) and 'id="file-error"' in answer.text and 'value="2"' in answer.text
    assert not any(method == "command" for _, method, _ in gateway.remote.received)
    good = {"file": ("firma.pdf", b"%PDF-1.7 firmada", "application/pdf")}
    answer = await browser.post("/actos/intake/RecordConsent", data=data, files=good)
    assert answer.status_code == 422 and "Archivo cargado" in answer.text
    assert Page(answer).fields["file"] in gateway.remote.files


async def test_a_list_gets_another_row_without_any_script(gateway: Gateway, browser: Any) -> None:
    command = next(
        one for one in gateway.catalogue.commands() if one.subject == "case" and any(
            field.type == "list" and field.fields for field in one.fields)
    )  # fmt: skip
    rows = next(field for field in command.fields if field.type == "list" and field.fields)
    where = f"/actos/{command.service}/{command.command}"
    form = Page(await browser.get(f"{where}?caso={gateway.remote.case_id}"))
    count = int(form.fields[f"{rows.name}#rows"])
    more = Page(await browser.post(where, data={**form.fields, "_add": rows.name}))
    assert int(more.fields[f"{rows.name}#rows"]) == count + 1
    assert any(str(one.get("name", "")).startswith(f"{rows.name}[{count}].") for one in more.inputs)


async def test_search_finds_a_person_by_document_or_name_and_never_by_address(gateway: Gateway, browser: Any) -> None:
    token = Page(await browser.get("/casos")).fields["_csrf"]
    for wanted in ({"documento": DOCUMENT}, {"nombre": "rosalba"}):
        found = await browser.post("/casos/buscar", data={"_csrf": token, **wanted})
        assert str(gateway.remote.case_id) in found.text and NAME not in found.text
        assert not any(DOCUMENT in one for one in Page(found).addresses)
    empty = await browser.post("/casos/buscar", data={"_csrf": token})
    assert empty.status_code == 422 and "Escriba un número de documento o un nombre" in empty.text


async def test_an_import_shows_its_progress_then_its_result_and_the_rejected_rows(
    gateway: Gateway, browser: Any
) -> None:
    form = Page(await browser.get("/importar"))
    data = {**form.fields, "convocatoria": str(gateway.remote.call_id), "corte": "2026-10-15"}
    files = {"archivo": ("candidatos.csv", b"fila_origen,fuente\n1,jornada\n", "text/csv")}
    started = await browser.post("/importar", data=data, files=files)
    assert started.status_code == 303, started.text
    running = await browser.get(started.headers["location"])
    assert "120 de 400 filas" in running.text and 'hx-trigger="load delay:1s"' in running.text
    gateway.remote.finish_job()
    done = await browser.get(started.headers["location"] + "/avance")
    assert "terminada" in done.text and "DOCUMENTO_FALTANTE" in done.text and "hx-trigger" not in done.text
    rejected = await browser.get(started.headers["location"] + "/rechazadas")
    assert "attachment" in rejected.headers["content-disposition"] and "264,264,DOCUMENTO_FALTANTE" in rejected.text
    nothing = await browser.post("/importar", data=data, files={"archivo": ("", b"", "text/csv")})
    assert nothing.status_code == 422 and "Elija el archivo" in nothing.text


async def test_a_document_streams_as_pdf_under_a_name_of_its_own(gateway: Gateway, browser: Any) -> None:
    content = b"%PDF-1.7 " + b"x" * 5000
    about = {"id": "f" * 64, "name": "x.pdf", "media_type": "application/pdf", "size": len(content)}
    gateway.remote.files["f" * 64] = (about, content)
    answer = await browser.get(f"/documentos/intake/{gateway.remote.case_id}")
    assert answer.content == content and answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == "inline; filename*=UTF-8''FO-068%202026-000123.pdf"


async def test_the_administrator_begins_with_the_accounts_because_no_case_is_theirs(gateway: Gateway) -> None:
    """SOD-7"""
    async with gateway.client() as client:
        await enter(client, "admin", gateway.admin_password)
        answer = await client.get("/casos")
        assert answer.status_code == 303 and answer.headers["location"] == "/cuentas"
        page = await client.get(f"/casos/{gateway.remote.case_id}")
        assert page.status_code == 403 and "SOD-7" in page.text and NAME not in page.text


async def test_the_administrator_sees_a_new_password_once(gateway: Gateway) -> None:
    async with gateway.client() as client:
        await enter(client, "admin", gateway.admin_password)
        form = Page(await client.get("/actos/gateway/CreateAccount"))
        data = {**form.fields, "login": "hilda", "display_name": "Hilda Hurtado"}
        made = await client.post("/actos/gateway/CreateAccount", data=data)
        password = re.search(r"[a-zA-Z2-9]{5}(-[a-zA-Z2-9]{5}){3}", made.text)
        assert made.status_code == 200 and password
        again = await client.post("/actos/gateway/CreateAccount", data=data)
        assert "ya se mostró una vez" in again.text
    async with gateway.client() as client:
        assert (await enter(client, "hilda", password[0])).status_code == 303


async def test_a_person_changes_their_password_with_the_old_one(gateway: Gateway, browser: Any) -> None:
    token = Page(await browser.get("/contrasena")).fields["_csrf"]
    sent = {"_csrf": token, "actual": "no es", "nueva": "una frase larga y mía", "repetida": "una frase larga y mía"}
    assert "La contraseña actual no es correcta" in (await browser.post("/contrasena", data=sent)).text
    short = {**sent, "nueva": "corta", "repetida": "corta"}
    assert "entre 12 y 200" in (await browser.post("/contrasena", data=short)).text


PAGES = ("/casos", "/convocatorias", "/importar", "/almacen", "/contrasena", "/api/docs", "/entrar", "/nada")


async def test_every_page_is_local_without_inline_code_labelled_and_safe(gateway: Gateway, browser: Any) -> None:
    case, call = gateway.remote.case_id, gateway.remote.call_id
    acts = [f"/actos/{one.service}/{one.command}?caso={case}" for one in gateway.catalogue.commands()]
    for path in (*PAGES, f"/casos/{case}", f"/convocatorias/{call}", *acts):
        answer = await browser.get(path)
        assert answer.status_code in (200, 404), (path, answer.status_code)
        page = Page(answer)
        assert not page.inline, (path, page.inline)
        assert all(one.startswith(("/", "#")) and not one.startswith("//") for one in page.addresses), path
        assert len(page.ids) == len(set(page.ids)), (path, sorted(i for i in page.ids if page.ids.count(i) > 1))
        labels = set(page.labelled)
        assert all(one.get("id") in labels for one in page.inputs), (path, page.inputs)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff" and answer.headers["cache-control"] == "no-store"
        assert 'lang="es-CO"' in answer.text and 'href="#contenido"' in answer.text


async def test_nothing_personal_reaches_an_address_or_a_log(
    gateway: Gateway, browser: Any, written: io.StringIO, capfd: Any
) -> None:
    token = Page(await browser.get("/casos")).fields["_csrf"]
    await browser.post("/casos/buscar", data={"_csrf": token, "documento": DOCUMENT, "nombre": NAME})
    await browser.post(f"/casos/{gateway.remote.case_id}/revelar", data={"_csrf": token, "clase": "i"})
    await browser.get(f"/casos?estado=&convocatoria={DOCUMENT}", headers={"X-Request-Id": DOCUMENT})
    lines, printed = written.getvalue(), "".join(capfd.readouterr())
    assert '"event": "request"' in lines
    for value in (DOCUMENT, NAME, "Quiñones", "carla"):
        assert value not in lines + printed, value


def test_a_group_that_nobody_began_to_fill_in_is_not_sent(gateway: Gateway) -> None:
    """A03-1: an instrument answered here has no result from outside, though the form draws its first row."""
    definition = gateway.catalogue.command("ApplyInstrument", "profiling")
    slots = command_layout(definition, gateway.catalogue, today())
    posted = {"instrument": ["DISC"], "external.results#rows": ["1"], "external.results[0].scale": [""]}
    assert "external" not in forms.read_body(slots, posted)
    begun = {**posted, "external.results[0].scale": ["Logro"]}
    assert forms.read_body(slots, begun)["external"] == {"results": [{"scale": "Logro"}]}
