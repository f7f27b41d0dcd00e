"""The cast: small builders that make real rows by the real actions."""
