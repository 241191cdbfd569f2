"""Intake: calls, candidates, entry criteria and the personal directory (PR-156 activities 1 and 2)."""
