"""Profiling: from the eligible candidate to the accepted offer (PR-156 acts 3 to 10)."""
