"""The console: pages rendered on the server, in Spanish, that work without scripts."""
