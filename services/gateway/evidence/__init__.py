"""Evidence packs: what is known of a case, with everything that proves it, in one file to take away (X-19)."""
