"""Thin commands over flows and queries: `.venv/bin/flask --app wsgi …`."""
