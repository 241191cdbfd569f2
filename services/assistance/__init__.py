"""Assistance: from the accepted offer to the hand-over, the plan and the boost (PR-156 acts 11 to 18)."""
