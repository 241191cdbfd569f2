"""Inventory, as both hosts load it."""

from __future__ import annotations

from services.inventory import FOLLOWS
from services.inventory.application import InventoryApplication
from services.inventory.figures import FOLDS
from services.inventory.policy import REACTIONS
from services.inventory.views.files import may_read
from services.inventory.views.queries import QUERIES
from shared.editing.queries import CATALOGUE_QUERIES
from shared.runtime.definition import ServiceDefinition

SERVICE = ServiceDefinition(
    name="inventory",
    application=InventoryApplication,
    reactions=REACTIONS,
    follows=FOLLOWS,
    queries={**QUERIES, **CATALOGUE_QUERIES},
    exports=frozenset({"case_pack", "document", "kardex_workbook"}),
    folds=FOLDS,
    may_read=may_read,
)
