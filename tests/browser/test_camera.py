"""The camera: what it sees counts once, and as often as somebody wants; a photo does where there is no video."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Playwright

from tests.browser import drawing
from tests.browser.harness import CHROMIUM, FLAGS, PATIENCE, Gun, Server

NOTHING = drawing.scene(None)


@pytest.fixture
def phones(playwright: Playwright, server: Server, tmp_path: Path) -> Iterator[Callable[..., Gun]]:
    """Phones whose camera films what the test drew."""
    browsers, made = [], []

    def make(*scenes: Any, script: str = "", allowed: bool = True, cameras: int = 1) -> Gun:
        fake = [f"--use-fake-device-for-media-stream=device-count={cameras}"]
        if cameras == 1:
            film = drawing.video(tmp_path / f"film-{len(made)}.mjpeg", list(scenes) or [(NOTHING, 10)])
            fake.append(f"--use-file-for-fake-video-capture={film}")
        fake += ["--use-fake-ui-for-media-stream"] if allowed else []
        browsers.append(playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *fake]))
        context = browsers[-1].new_context(viewport={"width": 480, "height": 800}, permissions=["camera"] if allowed else [])
        context.set_default_timeout(PATIENCE * 1000)
        if script:
            context.add_init_script(script)
        made.append(Gun(context, server))
        return made[-1]

    yield make
    for browser in browsers:
        browser.close()
    assert [c for gun in made for c in gun.complaints] == []


def counting(phone: Gun, place: str) -> Gun:
    """At a place, in a count, with the camera open."""
    phone.enrol().task("count").scan(place)
    phone.page.wait_for_selector(f".place:has-text('{place}')")
    phone.page.get_by_role("button", name="Camera", exact=True).click()
    return phone


def said(phone: Gun) -> list[tuple[str, str]]:
    """How this phone's scans were read, and what, in their order, as the server holds them."""
    phone.drained()
    mine = {scan for scan, _, _ in phone.saved}
    return [(row["via"], row["barcode"]) for row in phone.server.scans() if row["id"] in mine]


def film_of(code: str) -> Image.Image:
    return drawing.scene(drawing.code("ean-13", code, 500))


def phase(phone: Gun) -> str | None:
    return phone.page.get_attribute(".camera", "data-phase")


def test_a_code_before_the_camera_counts_once_however_long_it_stays(phones: Callable[..., Gun], server: Server) -> None:
    code, name = server.barcodes()[0]
    phone = counting(phones((film_of(code), 20)), server.bins()[0])
    sent: list[str] = []
    phone.page.on("request", lambda request: sent.append(request.post_data or "") if request.url.endswith("/scans") else None)
    phone.until(lambda: len(phone.saved) == 1)
    phone.page.wait_for_timeout(3000)
    assert len(phone.saved) == 1
    assert phone.page.get_by_text(name).count() > 0
    assert said(phone) == [("camera", f"]E0{code}")]
    assert json.loads(sent[0])["scans"][0]["symbology"] == "ean-13"
    phone.arrived_once()


def test_the_same_code_again_counts_when_somebody_says_so(phones: Callable[..., Gun], server: Server) -> None:
    code, _ = server.barcodes()[0]
    phone = counting(phones((film_of(code), 20)), server.bins()[0])
    phone.until(lambda: len(phone.saved) == 1)
    for count in (2, 3):
        phone.page.get_by_role("button", name="Same code again").click()
        phone.until(lambda count=count: len(phone.saved) == count)
    phone.page.wait_for_timeout(1500)
    assert said(phone) == [("camera", f"]E0{code}")] * 3
    phone.until(lambda: phone.page.locator(".lines .count").first.inner_text() == "3")


def test_scan_after_scan_and_a_code_that_comes_back_counts_anew(phones: Callable[..., Gun], server: Server) -> None:
    (one, _), (two, _) = server.barcodes()[:2]
    phone = counting(phones((film_of(one), 60), (NOTHING, 90), (film_of(two), 60), (NOTHING, 90)), server.bins()[0])
    phone.until(lambda: len(phone.saved) == 4, 60)
    phone.page.get_by_role("button", name="Close", exact=True).click()
    got = [code[3:] for _, code in said(phone)]
    assert got in ([one, two, one, two], [two, one, two, one])


def test_a_gs1_code_keeps_its_separators_and_says_that_it_is_one(phones: Callable[..., Gun], server: Server) -> None:
    code, _ = server.barcodes()[0]
    printed = drawing.scene(drawing.code("data-matrix", f"(01)0{code}(10)L7(21)S1", 300, gs1=True), turned=20)
    phone = counting(phones((printed, 20)), server.bins()[0])
    phone.until(lambda: len(phone.saved) == 1)
    assert said(phone) == [("camera", f"]d2010{code}10L7\x1d21S1")]


def test_the_camera_reads_places_and_badges(phones: Callable[..., Gun], server: Server) -> None:
    place = server.bins()[0]
    phone = phones((drawing.scene(drawing.code("code-128", place, 600)), 20)).enrol().task("count")
    phone.page.get_by_role("button", name="Camera", exact=True).click()
    phone.page.wait_for_selector(f".place:has-text('{place}')")
    badge = phones((drawing.scene(drawing.code("code-39", "OP-17", 600)), 20)).enrol(operator="")
    badge.page.get_by_role("button", name="Camera", exact=True).click()
    badge.page.wait_for_selector("[data-task=count]")
    badge.until(lambda: badge.page.locator(".who").inner_text() == "OP-17")


def test_the_camera_enrols_a_phone(phones: Callable[..., Gun], server: Server) -> None:
    phone = phones((drawing.scene(drawing.code("qr", server.enrolment(), 450)), 20))
    phone.page.goto(server.base)
    phone.page.get_by_role("button", name="Camera", exact=True).click()
    phone.page.get_by_role("button", name="Enrol").click()
    phone.page.get_by_role("button", name="Start scanning").wait_for()


def test_the_camera_works_after_a_start_without_the_server(phones: Callable[..., Gun], tmp_path: Path) -> None:
    server = Server(tmp_path)
    server.start()
    try:
        code, name = server.barcodes()[0]
        phone = phones((film_of(code), 20))
        phone.server = server
        phone.enrol().task("count").scan(server.bins()[0])
        phone.page.wait_for_function("() => navigator.serviceWorker.controller !== null")
        server.stop()
        phone.page.reload()
        phone.page.get_by_role("button", name="Camera", exact=True).click()
        phone.until(lambda: len(phone.saved) == 1)
        assert phone.waiting() == 1
        assert phone.page.get_by_text(name).count() > 0
        server.start()
        phone.drained(60)
        phone.arrived_once()
    finally:
        server.stop()


HIDE = """Object.defineProperty(document, 'visibilityState', { get: () => window.seen || 'visible' });
addEventListener('DOMContentLoaded', () => { window.show = (how) => { window.seen = how; document.dispatchEvent(new Event('visibilitychange')); }; });"""


def test_the_camera_is_given_away_in_the_background_and_comes_back(phones: Callable[..., Gun], server: Server) -> None:
    phone = counting(phones((NOTHING, 30), script=HIDE), server.bins()[0])
    phone.until(lambda: phase(phone) == "live")
    phone.page.evaluate("window.track = document.querySelector('video').srcObject.getVideoTracks()[0]; show('hidden')")
    phone.until(lambda: phase(phone) == "off")
    assert phone.page.evaluate("track.readyState") == "ended"
    phone.page.evaluate("show('visible')")
    phone.until(lambda: phase(phone) == "live")
    phone.until(
        lambda: phone.page.evaluate("document.querySelector('video').srcObject.active && document.querySelector('video').videoWidth > 0")
    )
    phone.page.get_by_role("button", name="Close", exact=True).click()
    phone.until(lambda: phone.page.locator("video").count() == 0)


def test_a_picture_that_stands_still_says_so_and_goes_on_by_itself(phones: Callable[..., Gun], server: Server) -> None:
    """A call takes the camera away, and gives it back, without the page leaving the screen."""
    phone = counting(phones((NOTHING, 30)), server.bins()[0])
    phone.until(lambda: phase(phone) == "live")
    event = "(name) => document.querySelector('video').srcObject.getVideoTracks()[0].dispatchEvent(new Event(name))"
    phone.page.evaluate(event, "mute")
    phone.page.get_by_text("The camera is in use").wait_for()
    phone.page.get_by_role("button", name="Try again").wait_for()
    phone.page.evaluate(event, "unmute")
    phone.until(lambda: phase(phone) == "live")
    assert phone.page.get_by_text("The camera is in use").count() == 0


AWAKE = """window.awake = 0;
navigator.wakeLock.request = () => new Promise((grant) => { window.grant = () => { window.awake += 1; grant({ release: async () => { window.awake -= 1; } }); }; });"""


def test_the_screen_stays_on_while_the_camera_is_open_and_no_longer(phones: Callable[..., Gun], server: Server) -> None:
    phone = counting(phones(script=AWAKE), server.bins()[0])
    phone.until(lambda: phone.page.evaluate("!!window.grant"))
    phone.page.evaluate("grant()")
    assert phone.page.evaluate("awake") == 1
    phone.page.evaluate("window.grant = null")
    phone.page.get_by_role("button", name="Close", exact=True).click()
    phone.until(lambda: phone.page.evaluate("awake") == 0)
    phone.page.get_by_role("button", name="Camera", exact=True).click()
    phone.until(lambda: phone.page.evaluate("!!window.grant"))
    phone.page.get_by_role("button", name="Close", exact=True).click()
    phone.until(lambda: phone.page.locator("video").count() == 0)
    phone.page.evaluate("grant()")
    phone.until(lambda: phone.page.evaluate("awake") == 0)


def test_leaving_the_task_gives_the_camera_away(phones: Callable[..., Gun], server: Server) -> None:
    phone = counting(phones(), server.bins()[0])
    phone.until(lambda: phase(phone) == "live")
    phone.page.evaluate("window.track = document.querySelector('video').srcObject.getVideoTracks()[0]")
    phone.page.get_by_role("button", name="Tasks").click()
    phone.until(lambda: phone.page.evaluate("track.readyState") == "ended")
    phone.task("count")
    phone.until(lambda: phase(phone) == "live")


def test_a_photo_is_read_where_there_is_no_camera(phones: Callable[..., Gun], server: Server) -> None:
    code, _ = server.barcodes()[0]
    phone = counting(phones(allowed=False), server.bins()[0])
    phone.page.get_by_text("The camera is not allowed here").wait_for()
    photo = drawing.worse(film_of(code), blur=1.5, noise=20)
    phone.page.set_input_files(".camera input", {"name": "photo.png", "mimeType": "image/png", "buffer": drawing.png(photo)})
    phone.until(lambda: len(phone.saved) == 1)
    assert said(phone) == [("camera", f"]E0{code}")]
    phone.page.set_input_files(".camera input", {"name": "none.png", "mimeType": "image/png", "buffer": drawing.png(NOTHING)})
    phone.page.get_by_text("No code was found in the photo").wait_for()
    phone.page.set_input_files(".camera input", {"name": "text.png", "mimeType": "image/png", "buffer": b"no picture"})
    phone.page.get_by_text("This picture can't be opened").wait_for()
    assert len(phone.saved) == 1


def test_an_old_browser_says_so_and_goes_on_without_the_camera(phones: Callable[..., Gun], server: Server) -> None:
    phone = counting(phones(script="delete window.WebAssembly;"), server.bins()[0])
    phone.page.get_by_text("This browser can't read codes").wait_for()
    phone.scan_saved(server.barcodes()[0][0])
    phone.drained()
    phone.arrived_once()


def test_an_insecure_page_says_so(phones: Callable[..., Gun], server: Server) -> None:
    phone = counting(phones(script="Object.defineProperty(window, 'isSecureContext', { value: false });"), server.bins()[0])
    phone.page.get_by_text("This address is not secure").wait_for()


EQUIPPED = """const caps = MediaStreamTrack.prototype.getCapabilities, apply = MediaStreamTrack.prototype.applyConstraints;
window.wishes = [];
MediaStreamTrack.prototype.getCapabilities = function () { return Object.assign(caps.call(this), { torch: true, zoom: { min: 1, max: 3 }, focusMode: ['continuous'] }); };
MediaStreamTrack.prototype.applyConstraints = function (wish) { window.wishes.push(JSON.stringify(wish.advanced[0])); return Promise.resolve(); };"""


def test_light_zoom_and_the_chosen_camera_are_offered_where_there_are_any_and_remembered(
    phones: Callable[..., Gun], server: Server
) -> None:
    phone = counting(phones(script=EQUIPPED + HIDE, cameras=2), server.bins()[0])
    page = phone.page
    page.get_by_role("button", name="Light on").click()
    page.get_by_role("button", name="Light off").wait_for()
    page.get_by_role("button", name="Zoom 1").click()
    page.get_by_role("button", name="Zoom 2").wait_for()
    asked = ['{"focusMode":"continuous"}', '{"focusMode":"continuous","torch":true}', '{"focusMode":"continuous","torch":true,"zoom":2}']
    assert page.evaluate("wishes") == asked, "each asking forgets the ones before"
    page.evaluate("wishes.length = 0; show('hidden')")
    page.evaluate("show('visible')")
    phone.until(lambda: phase(phone) == "live")
    assert page.evaluate("wishes.pop()") == '{"focusMode":"continuous","zoom":2,"torch":true}', "as before it was in the background"
    page.get_by_role("button", name="Light off").wait_for()
    which = "(film => film && film.getVideoTracks()[0].getSettings().deviceId)(document.querySelector('video').srcObject)"
    first = page.evaluate(which)
    page.get_by_role("button", name="Other camera").click()
    phone.until(lambda: phase(phone) == "live" and page.evaluate(which) not in (None, first))
    second = page.evaluate(which)
    page.get_by_role("button", name="Close", exact=True).click()
    page.get_by_role("button", name="Camera", exact=True).click()
    page.get_by_role("button", name="Light on").wait_for()
    page.reload()
    page.get_by_role("button", name="Camera", exact=True).click()
    phone.until(lambda: phase(phone) == "live")
    assert page.evaluate(which) == second


UNWILLING = (
    EQUIPPED
    + """
const early = MediaStreamTrack.prototype.getCapabilities, began = new WeakMap();
MediaStreamTrack.prototype.getCapabilities = function () {
  if (!began.has(this)) began.set(this, performance.now());
  return performance.now() - began.get(this) < 300 ? caps.call(this) : early.call(this);
};
MediaStreamTrack.prototype.applyConstraints = async (wish) => { if (!wish.advanced[0].zoom || wish.advanced[0].torch) throw new DOMException('not now', 'OverconstrainedError'); };"""
)


def test_what_a_camera_can_is_offered_though_it_says_so_late_and_what_it_refuses_is_not(phones: Callable[..., Gun], server: Server) -> None:
    """Its focus and its light refuse; the zoom does all the same what it is asked for."""
    page = counting(phones(script=UNWILLING), server.bins()[0]).page
    page.get_by_role("button", name="Zoom 1").click()
    page.get_by_role("button", name="Zoom 2").wait_for()
    page.get_by_role("button", name="Light on").click()
    page.get_by_role("button", name="Light").wait_for(state="detached")
    page.reload()
    page.get_by_role("button", name="Camera", exact=True).click()
    page.get_by_role("button", name="Zoom 2").wait_for()


def test_without_light_zoom_or_another_camera_none_is_offered(phones: Callable[..., Gun], server: Server) -> None:
    phone = counting(phones(script=EQUIPPED.replace("torch: true, zoom: { min: 1, max: 3 }", "x: 1")), server.bins()[0])
    phone.until(lambda: phase(phone) == "live")
    assert phone.page.locator(".tools button").all_inner_texts() == ["Close"]
