"""Identity: who may log in, and which grants a natural person holds."""
