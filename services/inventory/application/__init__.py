"""The warehouse's use cases: one method a command of its catalogue file."""

from services.inventory.application.inventory import InventoryApplication

__all__ = ["InventoryApplication"]
