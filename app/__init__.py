"""ScanLedger: a scan is a complete sentence, written once, numbered once, kept for ever. Everything else is a reading of scans.

`create_app` is the one place that knows all packages and wires them.
"""

import contextlib
import gc
from collections.abc import Iterator

from flask import Flask

from app import access, cli, config, db, errors, headers, http, instance, logs, own_codes, ready, shell


@contextlib.contextmanager
def _loading() -> Iterator[None]:
    """Keep the garbage collector still: loading makes half a million objects that stay, and it would look at each of them many times."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


@_loading()
def create_app(settings: config.Settings | None = None) -> Flask:
    """Build the app; raises when a route declares no permission."""
    from app.counts import api as counts_api
    from app.counts import board_api, keeping, lines_api, review_api
    from app.devices import api as devices_api
    from app.devices import authenticating as devices_authenticating
    from app.due import api as due_api
    from app.due import waking
    from app.exports import api as exports_api
    from app.feed import api as feed_api
    from app.imports import api as imports_api
    from app.labels import api as labels_api
    from app.lan import pages as lan_pages
    from app.ledger import api as ledger_api
    from app.locations import api as locations_api
    from app.lots import api as lots_api
    from app.measures import api as measures_api
    from app.paper import api as paper_api
    from app.people import api as people_api
    from app.people import authenticating as people_authenticating
    from app.people import keys_api, pins_api, sessions_api
    from app.products import api as products_api
    from app.scans import api as scans_api
    from app.seals import api as seals_api
    from app.unknown import api as unknown_api

    settings = settings or config.from_environment()
    app = Flask(__name__, static_folder=None)
    try:
        own_codes.patterns(settings.in_store)
    except ValueError as error:
        raise config.BadSetting(f"IN_STORE has {str(error)[:40]!r}, which is no pattern; write 21iiiiiwwwwwc=kg3.") from error
    app.extensions.update(settings=settings, after_commit=[], gathering={}, headers=headers.of_every_answer(settings))
    app.json.sort_keys = False  # type: ignore[attr-defined]
    logs.init_app(app)
    errors.init_app(app)
    db.init_app(app, settings)
    instance.init_app(app, settings.data_dir)
    finders = [devices_authenticating.by_token, people_authenticating.by_key, people_authenticating.by_session]
    access.init_app(app, finders, devices_authenticating.remembered)
    masters = (products_api, locations_api, devices_api, people_api, sessions_api, keys_api, pins_api, imports_api)
    apis = (
        *masters, ledger_api, scans_api, counts_api, board_api, review_api, lines_api, exports_api, labels_api, paper_api, due_api,
        lots_api, unknown_api, measures_api, feed_api, seals_api,
    )  # fmt: skip
    http.init_app(app, [blueprint for api in apis for blueprint in api.blueprints])
    ready.init_app(app)
    waking.init_app(app)
    keeping.init_app(app)
    lan_pages.init_app(app, settings)
    shell.init_app(app)
    cli.init_app(app)
    access.check_declared(app)
    return app
