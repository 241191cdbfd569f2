"""Delivery: every entry of an upstream's log takes effect in every follower exactly once, in the order of that log
within each case, whatever the broker loses, repeats, delays or reorders.

Why it holds, in three parts that do not depend on each other's good behaviour:

- the notification log is the truth: gapless, in commit order, and anyone may read it from any position (`feed`);
- the broker is a prompt: `relay` repeats the log to it, `follower` compares each message with its own position and
  pulls whatever is missing, every second even when nobody speaks;
- the position commits with the effects and moves only from where it was (`shared.eventstore.tracking`), so a second
  consumer, a second copy or a second attempt finds the door closed.

This package knows no host, no broker library and no transport. Hosts give it a `Publisher` and a `FeedSource`.
"""
