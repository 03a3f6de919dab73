"""The server under test: the app itself, with an empty JSON endpoint and the naive control beside it."""

from app import access, create_app, http
from bench import naive

app = create_app()


@app.get("/empty")
@access.public
def empty() -> object:
    return http.answer({})


naive.init_app(app)
