"""The event store: one gapless, append-only log per service, on SQLite or PostgreSQL in one code path.

What it promises: an event is stored once, with everything decided together or not at all; notification ids have no
holes, so a hole is always a loss; a reader that saw id *n* has seen all before it; nothing stored is ever changed.
"""
