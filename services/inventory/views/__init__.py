"""The warehouse's read model: items, warehouses, lots and their movements, documents, withdrawals."""

from services.inventory.views.projection import project
from services.inventory.views.tables import metadata
from shared.eventstore.views import Views

VIEWS = Views(metadata, project)
