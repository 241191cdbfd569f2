"""Which request something is done for: its id and its W3C trace context, from the click to the last event.

Standard library only, so that the store and delivery may use it. No personal value is ever put in.
"""
