"""ROL-01: every command of every service against every role, allowed exactly as the data of the command says."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from services.assistance.definition import SERVICE as ASSISTANCE
from services.gateway.definition import SERVICE as GATEWAY
from services.intake.definition import SERVICE as INTAKE
from services.inventory.definition import SERVICE as INVENTORY
from services.profiling.definition import SERVICE as PROFILING
from services.reporting.definition import SERVICE as REPORTING
from shared.runtime.definition import ServiceDefinition
from tests.services.casework import CATALOGUE, Office, Refused

SERVICES = (INTAKE, PROFILING, ASSISTANCE, INVENTORY, REPORTING, GATEWAY)


def answer(office: Office, role: str, command: str, creates: bool) -> str:
    """The code with which the desk answers an empty form, or nothing when it accepts it."""
    try:
        office.act(role, command, None if creates else uuid4())
    except Refused as refused:
        return refused.code
    return ""


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_each_role_runs_the_commands_that_name_it_and_no_other(service: ServiceDefinition, tmp_path: Path) -> None:
    """ROL-01: 0 unexpected denials, 0 unexpected permissions."""
    office = Office(service, tmp_path)
    for role in CATALOGUE.roles:
        office.hire(role.code, role.code)
    wrong = [
        (definition.command, role.code)
        for definition in CATALOGUE.commands(service.name)
        for role in CATALOGUE.roles
        if (answer(office, role.code, definition.command, definition.creates) == "NOT_AUTHORISED")
        == (role.code in definition.roles)
    ]
    assert wrong == []


def test_no_command_names_the_auditor() -> None:
    """SOD-9: who audits writes nothing."""
    assert [one.command for one in CATALOGUE.commands() if "auditor" in one.roles] == []


def test_administrators_and_operations_hold_no_act_on_a_case() -> None:
    """SOD-7: who grants the roles or runs the platform acts on no case."""
    outside = [one for one in CATALOGUE.commands() if one.service != GATEWAY.name]
    assert [one.command for one in outside if {"administrator", "operations"} & set(one.roles)] == []
