"""Named callers for tests: a device, a key with a role, and how to send as them."""

from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import text

from app.access import site_for
from app.db import writing
from app.devices.enrolling import enrol
from app.people.keeping import give_key


def device(name: str = "gun", site: str = "MAIN", tasks: list[str] | None = None) -> dict[str, str]:
    """Enrol a device; return the headers it sends."""
    with writing() as tx:
        return {"Authorization": "Bearer " + enrol(tx, site_for(tx, site), name, tasks)[1]}


def revoked_device() -> dict[str, str]:
    headers = device("lost gun")
    with writing() as tx:
        tx.execute(text("UPDATE devices SET revoked_at = 1 WHERE name = 'lost gun'"))
    return headers


def key(*roles: str, name: str | None = None, site: str | None = None) -> dict[str, str]:
    """Make a key with these roles, of a person of their name; return the headers it sends."""
    with writing() as tx:
        return {"Authorization": "Bearer " + give_key(tx, name or " ".join(roles), roles, None if site is None else site_for(tx, site))}


def problem(response: Any, code: str) -> None:
    """Assert that this is that problem."""
    assert response.content_type == "application/problem+json", response.data
    assert response.json["code"] == code, response.json


def signed_in(client: FlaskClient, token: str, name: str = "Ada Admin", password: str = "plum stone ladder") -> dict[str, str]:
    """Follow the setup link; return the header that requests of this client need."""
    response = client.post("/api/v1/setup", json={"token": token, "name": name, "password": password})
    assert response.status_code == 201, response.json
    return {"X-CSRF-Token": response.json["csrf"]}
