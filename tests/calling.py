"""Call the app as a named role, over its routes."""

import threading
import time
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import access
from app.db import writing
from app.devices.enrolling import enrol
from app.people.keeping import give_key


class Wire:
    """One client with a key for each role and a device, made when first asked for."""

    def __init__(self, app: Flask) -> None:
        self.client: FlaskClient = app.test_client()
        self.tokens: dict[tuple[str, str | None], str] = {}

    def token(self, who: str, site: str | None = None) -> str:
        known = self.tokens.get((who, site))
        if known is None:
            with writing() as tx:
                site_id = access.site_for(tx, site) if site else None
                if who == "device":
                    known = enrol(tx, access.site_for(tx, site or "MAIN"), "gun", None)[1]
                else:
                    known = give_key(tx, f"{who} {site}", [who], site_id)
            self.tokens[who, site] = known
        return known

    def __call__(self, who: str, method: str, path: str, site: str | None = None, **more: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token(who, site)}", **more.pop("headers", {})}
        return self.client.open(f"/api/v1/{path}", method=method, headers=headers, **more)

    def get(self, path: str, who: str = "supervisor", status: int = 200, **more: Any) -> Any:
        found = self(who, "GET", path, **more)
        assert found.status_code == status, found.text
        return found.json

    def send(self, kind: str, csv: str | bytes, query: str = "", who: str = "supervisor", status: int = 200, **more: Any) -> Any:
        """Import a CSV."""
        found = self(who, "POST", f"imports/{kind}?{query}", data=csv, content_type=more.pop("content_type", "text/csv"), **more)
        assert found.status_code == status, found.text
        return found.json

    def finished(self, where: str) -> Any:
        """Wait for an import that runs beside the requests, and for its thread; return the job."""
        for _ in range(2400):
            job = self.get(where.removeprefix("/api/v1/"))
            if job["status"] != "running":
                for thread in threading.enumerate():
                    if thread.name.startswith("import-"):
                        thread.join()
                return job
            time.sleep(0.05)
        raise AssertionError("the import doesn't end")

    def put(self, path: str, body: Any, who: str = "supervisor", status: int = 200) -> Any:
        found = self(who, "PUT", path, json=body)
        assert found.status_code == status, found.text
        return found.json


def numbers(report: Any) -> tuple[int, int, int, int]:
    """Created, updated, unchanged and rejected; they always account for every row."""
    found = (report["created"], report["updated"], report["unchanged"], len(report["rejected"]))
    assert sum(found) == report["rows"]
    return found


def rejections(report: Any) -> list[tuple[int, str, str]]:
    """Row, column and code of each refused row."""
    return [(r["row"], r["field"], r["code"]) for r in report["rejected"]]


def product(wire: Wire, sku: str) -> Any:
    """Return a product as it is listed."""
    return next(row for row in wire.get("products?limit=500")["rows"] if row["sku"] == sku)
