"""The console's addresses."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from services.gateway.console import (
    access_pages,
    act_pages,
    as_of_pages,
    case_pages,
    catalogue_pages,
    data_request_pages,
    draft_pages,
    entry,
    institution_pages,
    integrator_pages,
    list_pages,
    platform_pages,
    register_pages,
    report_pages,
    stock_pages,
    webhook_pages,
    work_pages,
)
from services.gateway.console.guard import logged_in
from services.gateway.console.render import page
from services.gateway.problems import Problem

GET, POST = ["GET"], ["POST"]


def routes() -> list[BaseRoute]:
    """Every page."""
    return [
        Route("/", _home, methods=GET),
        Route("/entrar", entry.login_page, methods=GET),
        Route("/entrar", entry.login, methods=POST),
        Route("/entrar/institucion", institution_pages.begin, methods=GET),
        Route("/entrar/institucion/vuelta", institution_pages.back, methods=GET),
        Route("/salir/institucion", institution_pages.logged_out, methods=POST),
        Route("/salir", logged_in(entry.logout), methods=POST),
        Route("/contrasena", logged_in(entry.password_page), methods=GET),
        Route("/contrasena", logged_in(entry.change_password), methods=POST),
        Route("/trabajo", logged_in(list_pages.work), methods=GET),
        Route("/listas", logged_in(list_pages.lists), methods=GET),
        Route("/listas/{name}", logged_in(list_pages.register), methods=GET),
        Route("/candidatos", logged_in(register_pages.candidates), methods=GET),
        Route("/candidatos/archivo", logged_in(register_pages.candidates_file), methods=GET),
        Route("/casos", logged_in(case_pages.case_list), methods=GET),
        Route("/casos/buscar", logged_in(case_pages.search), methods=POST),
        Route("/casos/{id:uuid}", logged_in(case_pages.case_page), methods=GET),
        Route("/casos/{id:uuid}/linea", logged_in(case_pages.timeline), methods=GET),
        Route("/casos/{id:uuid}/en-fecha", logged_in(as_of_pages.show), methods=GET),
        Route("/casos/{id:uuid}/evidencia", logged_in(as_of_pages.evidence), methods=POST),
        Route("/casos/{id:uuid}/revelar", logged_in(case_pages.reveal), methods=POST),
        Route("/casos/{id:uuid}/revelar", logged_in(case_pages.reveal_again), methods=GET),
        Route("/actos/{service}/{command}", logged_in(act_pages.show), methods=GET),
        Route("/actos/{service}/{command}", logged_in(act_pages.submit), methods=POST),
        Route("/actos/{service}/{command}/borrador", draft_pages.save, methods=POST),
        Route("/actos/{service}/{command}/borrador/descartar", logged_in(draft_pages.discard), methods=POST),
        Route("/convocatorias", logged_in(work_pages.calls), methods=GET),
        Route("/convocatorias/{id:uuid}", logged_in(work_pages.call), methods=GET),
        Route("/importar", logged_in(work_pages.import_form), methods=GET),
        Route("/importar", logged_in(work_pages.start_import), methods=POST),
        Route("/importaciones/{id:uuid}", logged_in(work_pages.import_page), methods=GET),
        Route("/importaciones/{id:uuid}/avance", logged_in(work_pages.import_progress), methods=GET),
        Route("/importaciones/{id:uuid}/rechazadas", logged_in(work_pages.import_rejected), methods=GET),
        Route("/almacen", logged_in(stock_pages.stock), methods=GET),
        Route("/almacen/kardex", logged_in(stock_pages.kardex), methods=GET),
        Route("/almacen/kardex.xlsx", logged_in(stock_pages.kardex_workbook), methods=GET),
        Route("/almacen/cierres", logged_in(stock_pages.closings), methods=GET),
        Route("/tablero", logged_in(report_pages.board), methods=GET),
        Route("/informes", logged_in(report_pages.reports), methods=GET),
        Route("/informes/{id:uuid}", logged_in(report_pages.report), methods=GET),
        Route("/hemi", logged_in(report_pages.hemi), methods=GET),
        Route("/catalogo", logged_in(catalogue_pages.versions), methods=GET),
        Route("/catalogo/ensayos", logged_in(catalogue_pages.what_ifs), methods=GET),
        Route("/catalogo/ensayos/{id:uuid}", logged_in(catalogue_pages.what_if), methods=GET),
        Route("/catalogo/ensayos/{id:uuid}", logged_in(catalogue_pages.what_if_reasons), methods=POST),
        Route("/catalogo/ensayos/{id:uuid}/avance", logged_in(catalogue_pages.what_if_progress), methods=GET),
        Route("/catalogo/{id:uuid}", logged_in(catalogue_pages.version), methods=GET),
        Route("/catalogo/{kind}/{code}/{version}", logged_in(catalogue_pages.content), methods=GET),
        Route("/webhooks", logged_in(webhook_pages.listing), methods=GET),
        Route("/webhooks/{id:uuid}", logged_in(webhook_pages.show), methods=GET),
        Route("/webhooks/{id:uuid}/prueba", logged_in(webhook_pages.ping), methods=POST),
        Route("/webhooks/{id:uuid}/repetir", logged_in(webhook_pages.replay), methods=POST),
        Route("/integradores", logged_in(integrator_pages.tokens), methods=GET),
        Route("/cuentas", logged_in(work_pages.accounts), methods=GET),
        Route("/accesos", logged_in(access_pages.accesses), methods=GET),
        Route("/plataforma", logged_in(platform_pages.platform), methods=GET),
        Route("/plataforma/apartados", logged_in(platform_pages.parked), methods=GET),
        Route(
            "/plataforma/apartados/{service}/{upstream}/{sequence:int}",
            logged_in(platform_pages.explained),
            methods=GET,
        ),
        Route("/plataforma/{service}/actos", logged_in(platform_pages.acts), methods=GET),
        Route("/plataforma/{service}/reconstruccion", logged_in(platform_pages.rebuild_progress), methods=GET),
        Route("/plataforma/{service}/{act}", logged_in(platform_pages.act), methods=POST),
        Route("/documentos/{service}/{id:uuid}", logged_in(work_pages.console_document), methods=GET),
        Route("/archivos/{service}/{id}", logged_in(work_pages.console_file), methods=GET),
        Route("/solicitudes/{id:uuid}", logged_in(data_request_pages.show), methods=GET),
        Route("/solicitudes/{id:uuid}/revelar", logged_in(data_request_pages.reveal), methods=POST),
        Route("/solicitudes/{id:uuid}/revelar", logged_in(data_request_pages.reveal_again), methods=GET),
        Route("/api/docs", work_pages.api_docs, methods=GET),
    ]


async def _home(request: Request) -> Response:
    return RedirectResponse("/trabajo", 303)


async def problem_page(request: Request, problem: Problem) -> Response:
    """A problem as a page that says what to do next."""
    return await page(request, "problem.html", status=problem.status, headers=problem.headers, problem=problem)
