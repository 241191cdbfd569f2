"""Intake: calls, candidates, entry criteria and the personal directory (PR-156 activities 1 and 2)."""

FOLLOWS = ("profiling", "assistance", "inventory", "reporting")
"""The services whose events it follows; here, so that they may ask without loading it."""
