"""The server under test: the app itself, with an empty JSON endpoint and the naive control beside it."""

import os

from app import access, create_app, http
from app.seals import keeping_up
from bench import naive

if os.environ.get("BENCH_UNSEALED"):  # no setting of the product turns it off
    keeping_up.start = lambda _: lambda: None
app = create_app()


@app.get("/empty")
@access.public
def empty() -> object:
    return http.answer({})


naive.init_app(app)
