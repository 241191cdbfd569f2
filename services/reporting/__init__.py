"""Reporting: the timeline of every case and the state of all of them, from the events of the other services."""
