"""What every answer tells a browser: run our files and nothing else, guess no types, stay in no frame, tell nobody where you were."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from app.config import Settings

_CLOSED = ("base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'")
PAGE_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        *_CLOSED,
        "require-trusted-types-for 'script'",
        "trusted-types scanledger",
    )
)
"""Of pages, and of the workers that pages start."""
DECODER_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "connect-src 'self'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
"""A worker runs under the policy of its own script: only the camera's decoder may compile WebAssembly."""
DATA_POLICY = "; ".join(("default-src 'none'", *_CLOSED))
"""Of all that is no page: nothing in it runs or loads anything, even if somebody opens it as one."""
ALWAYS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", DATA_POLICY),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "no-referrer"),
)
"""Headers of every answer that doesn't say otherwise."""
PAGE = {
    **dict(ALWAYS),
    "Content-Security-Policy": PAGE_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), "
    + ", ".join(f"{other}=()" for other in ("display-capture", "geolocation", "hid", "microphone", "midi", "payment", "serial", "usb")),
}
"""Headers of pages and of what they load."""
YEAR = 31_536_000


def of_every_answer(settings: Settings) -> Sequence[tuple[str, str]]:
    """Return the headers of every answer of a server.

    Where people reach it by a public certificate, browsers are told to come by https only. On a local network they never are: the same
    address may be another server's tomorrow, and who removed the authority could not get back in.
    """
    public = not settings.lan and urlsplit(settings.base_url or "").scheme == "https"
    return (*ALWAYS, ("Strict-Transport-Security", f"max-age={YEAR}")) if public else ALWAYS
