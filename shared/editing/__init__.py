"""New versions of the catalogue while the system runs: drafted, approved and published by their owner, held by all."""
