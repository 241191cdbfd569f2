"""What goes along with an evidence pack: its verifier, one file that needs nothing of ours, and how to use it."""
