"""Assistance: from the accepted offer to the hand-over, the plan and the boost (PR-156 acts 11 to 18)."""

FOLLOWS = ("intake", "profiling", "inventory")
"""The services whose events it follows; here, so that they may ask without loading it."""
