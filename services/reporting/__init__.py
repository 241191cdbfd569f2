"""Reporting: the timeline of every case and the state of all of them, from the events of the other services."""

FOLLOWS = ("intake", "profiling", "assistance", "inventory")
"""The services whose events it follows; here, so that they may ask without loading it."""
