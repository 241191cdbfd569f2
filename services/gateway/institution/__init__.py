"""Log-in with the institution's own accounts: OpenID Connect, authorization-code flow with PKCE."""
