"""A stranger beside a server of the local network: what they may write in a request over plain http, and what its pages make of it.

The control of the requests is a server that says what it was asked; that of the pages an app that takes texts for markup (`injections`).
"""

import re
import socket
import threading
from collections import Counter
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import quote, urlsplit

from playwright.sync_api import APIResponse, Page, Route

from app import headers
from campaigns import hold
from campaigns.planting import Planted
from campaigns.walks import PLANTED, Walk
from tests.browser import tour

ENV = {"LAN": "1", "LAN_ADDRESS": "127.0.0.1"}
PATHS = (
    "/", "/join", "/join?tab", "/join?untrusted", "/trust", "/ca.crt", "/ca.mobileconfig", "/console", "/setup", "/gun-test", "/gun-sheet",
    "/sw.js", "/manifest.webmanifest", "/healthz", "/readyz", "/api/v1/setup", "/api/v1/me",
)  # fmt: skip
"""All that plain http answers before anybody said who they are."""
PLAIN = "depot.localhost"
"""A name that browsers take for this machine, and that no certificate is for."""
HEADERS = (
    "Host", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-For", "X-Forwarded-Prefix", "Forwarded", "Accept-Language", "Accept",
    "User-Agent", "Referer", "Origin", "Cookie", "Authorization", "X-Original-URL", "X-HTTP-Method-Override", "If-None-Match", "Range",
)  # fmt: skip
HOSTS = (
    "x.test", "x.test:1", "x.test:99999", "127.0.0.1.x.test", "127.0.0.1;script-src *", "127.0.0.1:8000;x.test", "x.test#127.0.0.1",
    "127.0.0.1@x.test", "[::1]x.test", "x.test/..", "", "x.test, 127.0.0.1",
)  # fmt: skip
"""Hosts that no browser asks for; where a policy or a link takes the host that was asked for, one of these is in it."""
_WORD = re.compile(PLANTED.encode())
_OURS = re.compile(r"connect-src 'self'( https://127\.0\.0\.1(:[0-9]{1,5})?)?$")


def asked(port: int, texts: Sequence[str]) -> Counter[str]:
    """Ask for each page with each payload in a path, a query, and each header; raise Broken where an answer is moved by one."""
    done = Counter[str]()
    for number, text in enumerate((*texts, *HOSTS)):
        path = PATHS[number % len(PATHS)]
        word = quote(text, safe="")
        hold(text in HOSTS or not told(port, f"{path}{'&' if '?' in path else '?'}{word}={word}"), f"{text!r} in the query of {path}")
        hold(text in HOSTS or not told(port, f"/{word}"), f"{text!r} as a path")
        for name in HEADERS if text not in HOSTS else ("Host", "X-Forwarded-Host", "Forwarded"):
            for where in PATHS if text in HOSTS and name == "Host" else (path,):
                wrong = told(port, where, name, text)
                hold(not wrong, f"{text!r} as {name} of {where}: {wrong}")
                done["requests"] += 1
    return done


def told(port: int, path: str, name: str = "Host", text: str = PLAIN) -> list[str]:
    """Return what is wrong with an answer."""
    given = {"Host": PLAIN, "Connection": "close", name: text}
    lines = [f"GET {path} HTTP/1.1", *(f"{one}: {value}" for one, value in given.items()), "", ""]
    with socket.create_connection(("127.0.0.1", port), timeout=20) as to:
        to.sendall("\r\n".join(lines).encode())
        raw = b"".join(iter(lambda: to.recv(65536), b""))
    head, _, body = raw.partition(b"\r\n\r\n")
    status, *fields = head.decode("latin-1").split("\r\n")
    found = {field.partition(":")[0].lower(): field.partition(":")[2].strip() for field in fields}
    policy = found.get("content-security-policy", "")
    rest = [part for part in policy.split("; ") if not part.startswith("connect-src")]
    allowed = [
        [part for part in one.split("; ") if not part.startswith("connect-src")] for one in (headers.PAGE_POLICY, headers.DATA_POLICY)
    ]
    wrong = {
        status: not re.match(r"HTTP/1\.1 [234]", status),
        "a header of it": _WORD.search(head) is not None,
        "a text of it": _WORD.search(body) is not None and not found.get("content-type", "").startswith("application/"),
        f"the policy {policy}": rest not in allowed
        or not all(_OURS.match(part) for part in policy.split("; ") if part.startswith("connect")),
        "a type to be guessed": found.get("x-content-type-options") != "nosniff",
        f"leads to {found.get('location')}": "location" in found,
        "a cookie": "set-cookie" in found,
        "to be kept": "no-store" not in found.get("cache-control", "") and "no-cache" not in found.get("cache-control", ""),
        "another host": b"x.test" in body and path.startswith("/trust"),
        "readable from elsewhere": "access-control-allow-origin" in found and not path.startswith("/trust"),
    }
    return [what for what, is_so in wrong.items() if is_so]


def controlled() -> int:
    """Return how much is noticed of a server that says what it was asked."""

    class Echo(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Security-Policy", f"connect-src 'self' https://{self.headers['Host']}")
            self.end_headers()
            self.wfile.write(self.path.encode())

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        found = [*told(server.server_port, "/planted/"), *told(server.server_port, "/", "Host", "canary(1)")]
        server.shutdown()
    return len({what.partition(" ")[0] for what in found})


def plain(base: str) -> str:
    """Return the server's address as a phone of the network has it that doesn't trust it yet."""
    return base.replace("127.0.0.1", PLAIN)


def fetched(route: Route) -> APIResponse:
    """Ask the server what a page asks; names that browsers alone know are asked for at this machine's address."""
    host = urlsplit(route.request.url).netloc
    return route.fetch(url=route.request.url.replace(PLAIN, "127.0.0.1"), headers={**route.request.headers, "host": host})


def misled(page: Page, base: str, text: str) -> None:
    """Let somebody else answer in the server's place: the authority's name is a payload."""

    def renamed(route: Route) -> None:
        answer = fetched(route)
        route.fulfill(response=answer, json={**answer.json(), "name": text, "fingerprint": text})

    page.unroute_all()
    page.route(re.compile(re.escape(plain(base)) + "/trust"), renamed)


def walk(page: Page, planted: Planted, detailed: Sequence[str]) -> Walk:
    """Come by plain http with payloads in the address: the steps to trust, the tab without it, and the console there."""
    t, here = tour.Texts(), plain(planted.server.base)
    for text in detailed:
        word = quote(text, safe="")
        misled(page, planted.server.base, text)
        page.goto(f"{here}/join?{word}={word}#{text}")
        page.locator(".steps li").first.wait_for()
        for kind in range(3):
            page.locator(".choice button").nth(kind).click()
            yield "trust"
        page.locator("main a.big").last.click()
        page.get_by_role("button", name=t("ui.enrol.claim")).click()
        page.locator(".notice.bad").wait_for()
        yield "enrol"
        for where in (f"join?tab&{word}", f"console?{word}#/{word}", f"setup?{word}#{text}", f"trust?{word}", word):
            page.goto(f"{here}/{where}")
            page.locator("main h1, pre").first.wait_for()
            yield "plain"
    page.goto(plain(planted.server.enrolment(detailed[0] + "near")).replace("/join#", "/join?tab#"))
    page.get_by_role("button", name=t("ui.enrol.claim")).click()
    page.get_by_role("button", name=t("ui.enrol.start")).wait_for()
    yield "enrolled"
