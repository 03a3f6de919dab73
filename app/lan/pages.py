"""What leads a device to trust this server: the authority's certificate in two forms, and whether https works already."""

from flask import Flask, Response, current_app, request

from app import wire
from app.access import public
from app.config import Settings
from app.errors import Problem
from app.lan import addresses, links
from app.lan.profile import TYPE, profile


def init_app(app: Flask, settings: Settings) -> None:
    """Keep certificates where the local network is served, and hand out the authority's."""
    links.init_app(app)
    if settings.lan:
        from app.lan.keeping import Certificates

        app.extensions["lan"] = Certificates(settings.data_dir / "tls", lambda: addresses.place(settings))

    @app.get("/trust", endpoint="lan.trust")
    @public
    def trust() -> Response:
        """Tell where https is, what to compare, where the steps are; another page, as our own plain one is, learns that it got here."""
        _, fingerprint, name = _authority()
        told = {"https": links.secure(), "fingerprint": fingerprint, "name": name, "steps": links.steps()}
        found = {} if "Origin" in request.headers else told
        response = Response(wire.dumps(found), content_type="application/json")
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Vary"] = "Origin"
        return response

    @app.get("/ca.crt", endpoint="lan.certificate")
    @public
    def certificate() -> Response:
        response = Response(_authority()[0], content_type="application/x-x509-ca-cert")
        response.headers["Content-Disposition"] = 'attachment; filename="scanledger-ca.crt"'
        return response

    @app.get("/ca.mobileconfig", endpoint="lan.profile")
    @public
    def mobileconfig() -> Response:
        der, _, name = _authority()
        response = Response(profile(der, name), content_type=TYPE)
        response.headers["Content-Disposition"] = 'attachment; filename="scanledger.mobileconfig"'
        return response


def _authority() -> tuple[bytes, str, str]:
    """Return the authority's certificate, its fingerprint and its name; raises not_found without LAN."""
    lan = current_app.extensions["lan"]
    if lan is None:
        raise Problem("not_found", "This server has no certificate authority of its own; LAN=1 makes one.")
    found: tuple[bytes, str, str] = lan.shown
    return found
