"""Which cases the staff of an operator may find: those of their own contract, and for a while those it executed."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.assistance.application import AssistanceApplication
from services.assistance.domain import AssistanceCase
from services.assistance.executor_views import case_contracts
from shared.catalogue.refusals import NotFound, OutsideContract
from shared.runtime.clock import today
from shared.runtime.tokens import Who


def visible(application: AssistanceApplication, case_id: UUID, who: Who) -> AssistanceCase:
    """The case as ``who`` may see it. Raises `NotFound`, also for a foreign contract (ROL-02)."""
    return standing(application, case_id, who)[0]


def standing(application: AssistanceApplication, case_id: UUID, who: Who) -> tuple[AssistanceCase, bool]:
    """The case as ``who`` may see it, and whether they only read it.

    Who executed the case before reads it as it was then, and nothing of what came after (A16-4, ROL-03).
    """
    found = application.loader.get(AssistanceCase, case_id)
    if found is None:
        raise NotFound(what="el caso", field="id")
    present = [one.contract_id for one in (found.executor, found.transfer) if one is not None]
    if not who.contracts or any(str(one) in who.contracts for one in present):
        return found, False
    for contract_id, former in found.former_executors.items():
        if str(contract_id) in who.contracts and today() <= former.until:
            return application.loader.at_version(AssistanceCase, case_id, former.version), True
    raise OutsideContract(what="el caso", field="id")


def found_by(who: Who, day: date) -> Any:
    """The cases that the staff of an operator may find on ``day``."""
    columns = case_contracts.c
    in_time = sa.or_(columns.until.is_(None), columns.until >= day)
    return sa.select(columns.case_id).where(columns.contract_id.in_(contracts_of(who)), in_time)


def contracts_of(who: Who) -> list[UUID]:
    """The contracts that confine ``who``."""
    return [UUID(contract) for contract in who.contracts]
