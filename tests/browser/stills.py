"""Still pictures put through the app's own camera module and decoder, as the Photo button does."""

import base64

from playwright.sync_api import Page

OPEN = """async () => {
  const base = document.querySelector('script[type=module]').src.replace(/main\\.js$/, '');
  const { makeCamera } = await import(base + 'late/camera.js');
  const { scriptAddress } = await import(base + 'trusted.js');
  window.read = [];
  window.camera = makeCamera({
    page: document, navigator, secure: true, settings: null, now: () => Date.now(), onChange: () => undefined, onCode: (code) => read.push(code),
    makeWorker: () => new Worker(scriptAddress(new URL(base).pathname + 'decoder/worker.js'), { type: 'module' }),
  });
}"""
LOOK = """async ([name, type, data]) => {
  read.length = 0;
  const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
  await camera.photo(new File([bytes], name, { type }));
  return [read.map((code) => [code.text, code.symbology])[0] || null, camera.state.trouble];
}"""


class Stills:
    """A page that reads photos."""

    def __init__(self, page: Page, base: str) -> None:
        self.page = page
        page.goto(base)
        page.evaluate(OPEN)

    def read(self, name: str, data: bytes) -> tuple[str, str] | None:
        """Return what a photo is read as, with its AIM id, and the kind of code; None: no code."""
        kind = {"jpg": "image/jpeg", "webp": "image/webp"}.get(name.rsplit(".", 1)[-1], "image/png")
        got, trouble = self.page.evaluate(LOOK, [name, kind, base64.b64encode(data).decode()])
        assert trouble == ("" if got else "no_code"), (name, trouble)
        return (got[0], got[1]) if got else None
