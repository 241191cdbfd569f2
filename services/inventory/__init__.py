"""Inventory: the warehouse of PR-156 act. 19, from the receipt of goods to their signed delivery."""

FOLLOWS = ("intake", "assistance")
"""The services whose events it follows; here, so that they may ask without loading it."""
