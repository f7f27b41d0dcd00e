"""gunicorn and flask start here."""

from app import create_app

app = create_app()
