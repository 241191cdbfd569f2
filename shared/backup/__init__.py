"""Backup and restore of the whole system: one moment of every database, keys apart, verified, resumable."""
