"""The warehouse's read model: items, warehouses, lots and their movements, documents, withdrawals."""

from services.inventory.views.projection import project
from services.inventory.views.tables import metadata
from shared.editing.shelf import with_shelf
from shared.eventstore.views import Views

VIEWS = with_shelf(Views(metadata, project))
