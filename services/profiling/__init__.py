"""Profiling: from the eligible candidate to the accepted offer (PR-156 acts 3 to 10)."""

FOLLOWS = ("intake", "assistance")
"""The services whose events it follows; here, so that they may ask without loading it."""
