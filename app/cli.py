"""The command line: what an administrator types. Each command calls the function that a route would call.

A command's answer is all that stands on stdout; what went wrong is one line on stderr, with exit code 2.
"""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy.exc import SQLAlchemyError

from app.access import ROLES, site_for
from app.db import writing
from app.errors import Problem
from app.text import is_keepable, printable

F = TypeVar("F", bound=Callable[..., Any])


class Failure(click.ClickException):
    """What went wrong, in one line."""

    exit_code = 2


def init_app(app: Flask) -> None:
    """Register the commands."""
    for group in (devices, keys, sites):
        app.cli.add_command(group)


def _plain(command: F) -> F:
    """Say in one line what went wrong."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except Problem as problem:
            raise Failure(printable(problem.detail or problem.code)) from problem
        except SQLAlchemyError as error:
            why = printable(str(getattr(error, "orig", None) or error).splitlines()[0])
            raise Failure(f"The database can't do this ({why}). Is it migrated? `flask --app wsgi db upgrade` does that.") from error

    return run  # type: ignore[return-value]


def _text(most: int) -> Callable[[click.Context, click.Parameter, str | None], str | None]:
    """Take a text of 1 to `most` characters that both databases can hold."""

    def check(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
        if value is not None and (not value.strip() or len(value) > most or not is_keepable(value)):
            raise Failure(f"{parameter.human_readable_name} must have 1 to {most} characters.")
        return value

    return check


_name = click.argument("name", callback=_text(200))
_site = click.option("--site", metavar="CODE", callback=_text(128), help="The site; needed where there are several.")

devices = AppGroup("devices", help="Guns, phones, terminals and files that may scan.")
keys = AppGroup("keys", help="Keys for programs.")
sites = AppGroup("sites", help="Sites.")


@devices.command("enrol")
@_name
@_site
@_plain
def _enrol(name: str, site: str | None) -> None:
    """Make a device and print its token."""
    from app.devices.enrolling import enrol

    with writing() as tx:
        _, token = enrol(tx, site_for(tx, site), name)
    click.echo(token)


@keys.command("create")
@_name
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice(ROLES), help="May be given several times.")
@click.option("--site", metavar="CODE", callback=_text(128), help="The only site the key may use; without it: all.")
@_plain
def _create(name: str, roles: tuple[str, ...], site: str | None) -> None:
    """Make an API key, which acts as the person NAME, and print it."""
    from app.people.keeping import give_key

    with writing() as tx:
        token = give_key(tx, name, roles, None if site is None else site_for(tx, site))
    click.echo(token)


@sites.command("add")
@click.argument("code", callback=_text(128))
@_name
@_plain
def _add(code: str, name: str) -> None:
    """Make a site with its virtual locations."""
    from app.locations.creating import add_site

    with writing() as tx:
        add_site(tx, code, name)
    click.echo(code)
