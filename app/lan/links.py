"""Which addresses lead where: https to work, plain http to learn to trust. All are None or unchanged where LAN isn't set."""

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, current_app, request


def init_app(app: Flask) -> None:
    """Say that no local network is served, until somebody says how."""
    app.extensions.setdefault("lan", None)


def secure() -> str | None:
    """Return the https address of the server whose plain one this request came to, None without LAN."""
    lan = current_app.extensions.get("lan")
    return None if lan is None else f"https://{_netloc(lan, request.host)}"


def to_trust() -> str | None:
    """Return the https address where this request came to a page that browsers don't call secure, None elsewhere."""
    return None if request.is_secure or is_loopback(_split(request.host)[0]) else secure()


def steps() -> str:
    """Return where the steps are, on plain http; over https only a browser whose warning was clicked away asks, which the page is told."""
    return "/join" if to_trust() else f"{_plain(current_app.extensions['lan'])}/join?untrusted"


def base() -> str:
    """Return how other devices reach the server; with LAN by the plain address, where they can learn to trust the other one."""
    given: str | None = current_app.extensions["settings"].base_url
    lan = current_app.extensions.get("lan")
    if given or lan is None:
        return (given or request.host_url).rstrip("/")
    return _plain(lan)


def is_private() -> bool:
    """Tell whether nobody between can read this request: it came by https, or from this machine (a proxy here is part of it).

    A server that says it is reached by https (BASE_URL) and serves no local network itself stands behind a proxy elsewhere.
    """
    settings = current_app.extensions["settings"]
    behind = (settings.base_url or "").startswith("https:") and not settings.lan
    return request.is_secure or behind or is_loopback(request.remote_addr or "localhost")


def is_loopback(host: str) -> bool:
    """Tell whether an address or name is this machine itself."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host.lower() == "localhost"
    inner = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (inner or address).is_loopback


def _plain(lan: Any) -> str:
    return f"http://{_netloc(lan, request.host)}"


def _netloc(lan: Any, asked: str) -> str:
    """Return the host that was asked for with its port, where our certificate is for it and others can reach it; else the best one."""
    host, port = _split(asked)
    if host not in lan.names or is_loopback(host):
        host = lan.primary or host
    host = f"[{host}]" if ":" in host else host
    return host if port is None else f"{host}:{port}"


def _split(asked: str) -> tuple[str, int | None]:
    """Return host and port of what a request asked for; anybody may write anything there."""
    try:
        said = urlsplit(f"//{asked}")
        return said.hostname or "", said.port
    except ValueError:
        return "", None
