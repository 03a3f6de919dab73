"""A phone on a local network: it comes by plain http, learns to trust the server, enrols and works offline; or stays a tab that says so.

The name `depot.local` leads Chromium to the server on this machine, as a page that isn't secure; `certutil` does what a person does in
a phone's settings.
"""

import datetime
import os
import re
import shutil
import ssl
import subprocess
import threading
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from playwright.sync_api import BrowserContext, Page, Playwright, expect

from app.lan import certifying
from tests.browser.harness import CHROMIUM, FLAGS, LOG_SAVED, LOG_VIOLATIONS, PATIENCE, Gun, Server

ANDROID = "Mozilla/5.0 (Linux; Android 14; TC22) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
ELSEWHERE = "10.77.0.1"
"""An address that isn't this machine to a browser, and is certified."""
NAMES = f"--host-resolver-rules=MAP depot.local 127.0.0.1, MAP example.com 127.0.0.1, MAP {ELSEWHERE} 127.0.0.1"

Phone = Callable[..., BrowserContext]


class Depot(Server):
    """A server for the local network of this machine alone."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.env.update(LAN="1", LAN_ADDRESS=f"127.0.0.1,{ELSEWHERE}")

    @property
    def secure(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def plain(self) -> str:
        return f"http://depot.local:{self.port}"

    def code(self) -> str:
        return self.enrolment().partition("#")[2]

    def authority(self) -> bytes:
        with urllib.request.urlopen(f"{self.base}/ca.crt", timeout=10) as answer:
            return x509.load_der_x509_certificate(answer.read()).public_bytes(serialization.Encoding.PEM)


@pytest.fixture(scope="module")
def depot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Depot]:
    server = Depot(tmp_path_factory.mktemp("depot"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def phone(playwright: Playwright, depot: Depot, tmp_path: Path) -> Iterator[Phone]:
    """Make phones, each with certificates of its own; afterwards none may have complained."""
    made: list[BrowserContext] = []
    complaints: list[str] = []

    def make(trusting: bool = False, **options: object) -> BrowserContext:
        home = tmp_path / f"phone-{len(made)}"
        store = home / ".pki" / "nssdb"
        store.mkdir(parents=True)
        certutil(store, "-N", "--empty-password")
        if trusting:
            (home / "ca.pem").write_bytes(depot.authority())
            certutil(store, "-A", "-n", "depot", "-t", "C,,", "-i", str(home / "ca.pem"))
        context = playwright.chromium.launch_persistent_context(
            home / "profile", executable_path=CHROMIUM, args=[*FLAGS, NAMES], env={**os.environ, "HOME": str(home)},
            **{"viewport": {"width": 480, "height": 800}, "user_agent": ANDROID, **options},
        )  # fmt: skip
        context.set_default_timeout(PATIENCE * 1000)
        context.add_init_script(LOG_VIOLATIONS)
        context.on("console", lambda message: complaints.append(message.text) if "VIOLATION" in message.text else None)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()
    assert complaints == []


def certutil(store: Path, *words: str) -> None:
    program = shutil.which("certutil")
    assert program, "certutil is needed (Debian: apt-get install libnss3-tools)."
    subprocess.run([program, "-d", f"sql:{store}", *words], check=True, capture_output=True, timeout=30)


def opened(context: BrowserContext, url: str) -> Page:
    page = context.pages[0]
    page.goto(url)
    return page


def test_a_phone_that_does_not_trust_yet_is_shown_how(phone: Phone, depot: Depot) -> None:
    code = depot.code()
    page = opened(phone(), f"{depot.plain}/join#{code}")
    page.get_by_text("Not trusted yet").wait_for()
    expect(page.get_by_role("button", name="Android")).to_have_attribute("aria-pressed", "true")
    assert page.get_by_role("listitem").count() == 4
    assert page.get_by_role("img").count() == 4
    fingerprint = certifying.fingerprint(x509.load_pem_x509_certificate(depot.authority()))
    assert page.locator(".fingerprint").inner_text().replace("\n", "") == fingerprint
    assert fingerprint in depot.log()
    with page.expect_download() as download:
        page.get_by_role("link", name="Get the certificate").click()
    assert download.value.suggested_filename == "scanledger-ca.crt"
    page.get_by_role("button", name="Check again").click()
    page.get_by_text("Not trusted yet").wait_for()
    assert page.url.endswith(f"#{code}"), "a page that is loaded again still knows the code"
    assert page.evaluate("document.documentElement.scrollWidth") <= 480


def test_an_iphone_is_shown_its_own_way_and_others_can_be_chosen(phone: Phone, depot: Depot) -> None:
    page = opened(phone(user_agent=IPHONE, viewport={"width": 320, "height": 480}), f"{depot.plain}/join")
    expect(page.get_by_role("button", name="iPhone, iPad")).to_have_attribute("aria-pressed", "true")
    assert page.get_by_role("link", name="Get the profile").get_attribute("href") == "/ca.mobileconfig"
    page.get_by_text("Certificate Trust Settings").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.get_by_role("button", name="Computer").click()
    page.get_by_text("Trusted Root Certification Authorities").wait_for()


def test_a_phone_that_speaks_german_is_told_in_german(phone: Phone, depot: Depot) -> None:
    page = opened(phone(locale="de-DE", user_agent=IPHONE, viewport={"width": 320, "height": 480}), f"{depot.plain}/join")
    page.get_by_text("Noch kein Vertrauen").wait_for()
    page.get_by_role("link", name="Profil holen").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_a_phone_that_trusts_goes_on_enrols_and_starts_without_the_network(phone: Phone, depot: Depot) -> None:
    context = phone(trusting=True)
    page = opened(context, f"{depot.plain}/join#{depot.code()}")
    page.get_by_text("This device trusts the server").wait_for()
    page.get_by_role("link", name="Go on").click()
    page.get_by_role("button", name="Enrol").click()
    page.get_by_text("Enrolled as").wait_for()
    assert page.url == f"{depot.secure}/join"
    assert page.evaluate("isSecureContext")
    assert page.get_by_text("Tab mode").count() == 0
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    context.set_offline(True)
    page.goto(depot.secure)
    page.get_by_text("Scan your badge").first.wait_for()
    context.set_offline(False)


def test_a_browser_whose_warning_was_clicked_away_is_told_what_it_lacks_and_led_to_trust(phone: Phone, depot: Depot) -> None:
    """Such a browser calls the page secure and answers all that plain pages ask of https, but has no start without the network."""
    there = f"https://{ELSEWHERE}:{depot.port}/join#{depot.code()}"
    page = phone().pages[0]
    with pytest.raises(Exception, match="ERR_CERT_AUTHORITY_INVALID"):
        page.goto(there)
    page.get_by_role("heading", name="not private").wait_for()
    page.keyboard.type("thisisunsafe")  # Chromium's own way past its warning
    page.get_by_role("button", name="Enrol").wait_for()
    notice = page.get_by_role("status").filter(has_text="Tab mode: no start without network")
    assert page.evaluate("isSecureContext")
    notice.get_by_role("link", name="Let this device trust the server").click()
    page.get_by_text("Not trusted yet").wait_for()
    page.get_by_role("button", name="Check again").click()
    page.wait_for_url(there.partition("#")[0] + "*")
    notice.wait_for()
    page.get_by_role("button", name="Enrol").click()
    page.get_by_text("Enrolled as").wait_for()
    notice.wait_for()


def test_what_the_authority_signs_for_another_site_is_refused(phone: Phone, depot: Depot, tmp_path: Path) -> None:
    """Chromium enforces the name constraints: a thief of the key can't be example.com, and can be depot.local."""
    kept = (depot.folder / "data" / "tls" / "authority.pem").read_bytes()
    authority, key = x509.load_pem_x509_certificate(kept), serialization.load_pem_private_key(kept, None)
    thief = certifying.make_key()
    leaf = certifying.make_leaf(thief, frozenset({"example.com", "depot.local"}), authority, key, datetime.datetime.now(datetime.UTC))
    honest = certifying.make_leaf(thief, frozenset({"depot.local"}), authority, key, datetime.datetime.now(datetime.UTC))
    page = phone(trusting=True).pages[0]
    with answering(honest, thief, tmp_path) as port:
        assert page.goto(f"https://depot.local:{port}/").ok
    with answering(leaf, thief, tmp_path) as port:
        with pytest.raises(Exception, match="ERR_CERT_"):
            page.goto(f"https://example.com:{port}/")


def test_a_tab_without_trust_enrols_scans_sends_and_says_what_it_lacks(phone: Phone, depot: Depot) -> None:
    context = phone()
    page = opened(context, f"{depot.plain}/join#{depot.code()}")
    page.get_by_role("link", name="Go on in a tab").click()
    gun = Gun(context, depot)
    notice = page.get_by_role("status").filter(has_text="Tab mode")
    for lack in ("no start without the network", "no camera", "may drop what waits"):
        expect(notice).to_contain_text(lack)
    page.get_by_role("button", name="Enrol").click()
    page.get_by_role("button", name="Start scanning").click()
    assert page.get_by_text("may drop scans when its disk is full").count() == 0, "one notice says it"
    gun.scan("OP-17")
    gun.task("count")
    page.evaluate(f"() => {{ {LOG_SAVED} }}")  # the page was there before the gun
    gun.scan(depot.bins()[0])
    page.get_by_text(depot.bins()[0]).first.wait_for()
    gun.scan_saved(*(code for code, _ in depot.barcodes()[:2]))
    gun.drained()
    gun.arrived_once()
    page.get_by_role("button", name="Tasks").click()
    notice.get_by_role("link", name="Let this device trust the server").click()
    page.get_by_text("Not trusted yet").wait_for()
    assert gun.complaints == []


def test_the_console_on_plain_http_leads_to_where_one_can_sign_in(phone: Phone, depot: Depot) -> None:
    """The server sees this machine, so the answer that a far one gets is put in its place."""
    context = phone()
    answer = {"needed": False, "signed_in": False, "password_length": 10, "secure": False, "https": depot.secure}
    context.route("**/api/v1/setup", lambda route: route.fulfill(json=answer))
    page = opened(context, f"{depot.plain}/console")
    page.get_by_text("could read your password").wait_for()
    assert page.get_by_role("textbox").count() == 0
    assert page.get_by_role("link", name="Sign in over https").get_attribute("href") == f"{depot.secure}/console"
    page.goto(f"{depot.plain}/setup#secret")
    expect(page.get_by_role("link", name="Sign in over https")).to_have_attribute("href", f"{depot.secure}/setup#secret")
    page.get_by_role("link", name="Let this device trust the server").click()
    page.get_by_text("Not trusted yet").wait_for()


def test_an_iphone_is_asked_for_the_home_screen_before_it_enrols(phone: Phone, depot: Depot) -> None:
    """What Safari's tabs keep is deleted after a week, and the app on the home screen doesn't see it."""
    context = phone(trusting=True, user_agent=IPHONE)
    context.add_init_script("Object.defineProperty(navigator, 'standalone', { value: false });")
    code = depot.code()
    page = opened(context, f"{depot.secure}/join#{code}")
    page.get_by_text("First: Add to Home Screen").wait_for()
    page.get_by_text(code, exact=True).wait_for()


def test_a_browser_that_can_install_is_offered_to(phone: Phone, depot: Depot) -> None:
    page = opened(phone(trusting=True), f"{depot.secure}/join#{depot.code()}")
    page.get_by_role("button", name="Enrol").wait_for()
    page.evaluate("() => { const e = new Event('beforeinstallprompt'); e.prompt = () => { document.title = 'asked'; }; dispatchEvent(e); }")
    page.get_by_role("button", name="Enrol").click()
    page.get_by_role("button", name=re.compile("Install the app")).click()
    assert page.title() == "asked"
    expect(page.get_by_role("button", name=re.compile("Install the app"))).to_have_count(0)


class answering:
    """A server of nothing but `ok`, with a certificate of somebody's."""

    def __init__(self, leaf: x509.Certificate, key: certifying.Key, folder: Path) -> None:
        class Ok(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_: object) -> None:
                pass

        class Quiet(HTTPServer):
            def handle_error(self, *_: object) -> None:
                pass

        (folder / "leaf.pem").write_bytes(certifying.both(leaf, key))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "leaf.pem")
        self.server = Quiet(("127.0.0.1", 0), Ok)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)

    def __enter__(self) -> int:
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        return int(self.server.server_address[1])

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(10)
