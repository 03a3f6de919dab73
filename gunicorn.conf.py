"""What `gunicorn wsgi:app` reads."""

from app.config import from_environment
from app.serving import options

globals().update(options(from_environment()))
