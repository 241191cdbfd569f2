"""Inventory, as both hosts load it."""

from __future__ import annotations

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
    follows=("intake", "assistance"),
    queries={**QUERIES, **CATALOGUE_QUERIES},
    folds=FOLDS,
    may_read=may_read,
)
