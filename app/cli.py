"""The command line: what an administrator types. Each command calls the function that a route would call.

A command's answer is all that stands on stdout; what went wrong, or was typed wrong, is one line on stderr, with exit code 2.
"""

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app import times
from app.access import ROLES, journal_for, site_for
from app.db import reading, writing
from app.errors import Problem
from app.progress import step
from app.text import is_keepable, printable

F = TypeVar("F", bound=Callable[..., Any])


class Failure(click.ClickException):
    """What went wrong, in one line."""

    exit_code = 2


class OneLine(click.Command):
    """A command that says in one line what was typed wrong."""

    def make_context(self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any) -> click.Context:
        """Read the arguments; raises Failure."""
        try:
            return super().make_context(info_name, args, parent, **extra)
        except click.UsageError as error:
            raise _typed_wrong(error) from error


class Noun(AppGroup):
    """A group of commands, each of which says in one line what was typed wrong."""

    command_class = OneLine

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Find a command; raises Failure."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            raise _typed_wrong(error) from error


def _typed_wrong(error: click.UsageError) -> Failure:
    how = f" `{printable(error.ctx.command_path)} --help` tells how." if error.ctx else ""
    return Failure(printable(" ".join(error.format_message().split())) + how)


def init_app(app: Flask) -> None:
    """Register the commands."""
    for command in (counts, database, devices, keys, people, sites, _setup_link, _backup, _restore, _replay, _verify):
        app.cli.add_command(command)


def _plain(command: F) -> F:
    """Say in one line what went wrong."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except Problem as problem:
            if problem.code == "site_required":
                raise Failure("There are several sites; name one with --site CODE.") from problem
            raise Failure(printable(problem.detail or problem.code)) from problem
        except OSError as error:
            raise Failure(printable(str(error))) from error
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
_site = click.option("--site", metavar="CODE", callback=_text(128), help="The site; without it MAIN, or the only one.")

counts = Noun("counts", help="Counts that rules plan.")
database = Noun("database", help="What PostgreSQL lets the server do.")
devices = Noun("devices", help="Guns, phones, terminals and files that may scan.")
keys = Noun("keys", help="Keys for programs.")
people = Noun("people", help="People who can't get in any more.")
sites = Noun("sites", help="Sites.")


@counts.command("plan")
@click.option("--site", metavar="CODE", callback=_text(128), help="Only this site; without it: all.")
@_plain
def _plan(site: str | None) -> None:
    """Plan today's counts by the active rules; done again, nothing new. Prints site, rule and count."""
    from app.due import planning

    with reading() as tx:
        where = "" if site is None else "WHERE id = :id "
        named = {} if site is None else {"id": site_for(tx, site)}
        found = tx.execute(text(f"SELECT id, code FROM sites {where}ORDER BY code"), named).all()
    for site_id, code in found:
        for one in planning.run_all(site_id):
            what = "nothing is due" if one["count"] is None else f"{one['count']}, {one['locations']} locations"
            click.echo(printable(f"{code} {one['rule']}: {what}{', planned before' if one['count'] and not one['planned'] else ''}"))


@database.command("role")
@_name
@click.option("--print", "printed", is_flag=True, help="Print the statements only, for psql.")
@_plain
def _role(name: str, printed: bool) -> None:
    """Give the role NAME the rights to serve, as the owner: rows that never change it can add, and neither change nor delete."""
    from app import granting

    try:
        with writing() as tx:
            told = granting.statements(tx, name)
            if not printed:
                granting.grant(tx, name)
    except granting.CannotGrant as error:
        raise Failure(printable(str(error))) from error
    click.echo("\n".join(f"{one};" for one in told))


@devices.command("enrol")
@_name
@_site
@_plain
def _enrol(name: str, site: str | None) -> None:
    """Make a device and print its token."""
    from app.devices.enrolling import enrol

    with writing() as tx:
        if site is None and tx.scalar(text("SELECT 1 FROM sites WHERE code = 'MAIN'")):
            site = "MAIN"
        _, token = enrol(tx, site_for(tx, site), name)
    click.echo(token)


@keys.command("create")
@_name
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice(ROLES), help="May be given several times.")
@click.option("--site", metavar="CODE", callback=_text(128), help="The only site the key may use; without it: all.")
@click.option("--days", type=click.IntRange(1, 36_500), help="So long it works; without it: until it is revoked.")
@click.option("--read-only", is_flag=True, help="It may only read.")
@_plain
def _create(name: str, roles: tuple[str, ...], site: str | None, days: int | None, read_only: bool) -> None:
    """Make an API key, which acts as the person NAME, and print it."""
    from app.people.keeping import give_key

    with writing() as tx:
        until = None if days is None else times.now() + days * times.DAY
        token = give_key(tx, name, roles, None if site is None else site_for(tx, site), expires_at=until, reads_only=read_only)
    click.echo(token)


@people.command("new-password")
@_name
@_plain
def _new_password(name: str) -> None:
    """Give the person NAME a new password and print it; all their sessions end."""
    from app.people import recovering

    click.echo(recovering.new_password(name))


@people.command("reset-authenticator")
@_name
@_plain
def _reset_authenticator(name: str) -> None:
    """Take off the authenticator of the person NAME, who lost it; all their sessions end."""
    from app.people import recovering

    recovering.reset_authenticator(name)
    click.echo(printable(name))


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


@click.command("setup-link", cls=OneLine)
@with_appcontext
@_plain
def _setup_link() -> None:
    """Print a new setup link, which makes whoever opens it administrator, once; the old one is void."""
    from app.people.signing import new_setup_link

    with writing() as tx:
        token = new_setup_link(tx)
    base = current_app.extensions["settings"].base_url
    here = f"http://{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
    click.echo(f"{(base or here).rstrip('/')}/setup#{token}")


@click.command("backup", cls=OneLine)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
@_plain
def _backup(file: Path) -> None:
    """Write the whole database to FILE; the server may go on."""
    from app.backing_up import CannotRestore, backup

    try:
        with step("Backing up"):
            made = backup(file)
    except CannotRestore as error:
        raise Failure(printable(str(error))) from error
    click.echo(f"{file}: {made['bytes']} bytes, {made['scans']} scans, epoch {made['epoch']}")


@click.command("restore", cls=OneLine)
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--accept", "accepted", is_flag=True, help="Without FILE: take the database as it is, though the server has seen a newer one."
)
@click.option("--yes", is_flag=True, help="Overwrite scans of another database than the one the backup was made of.")
@with_appcontext
@_plain
def _restore(file: Path | None, accepted: bool, yes: bool) -> None:
    """Put the backup in FILE in the place of the database, in a new epoch. The server must be stopped."""
    from app.backing_up import CannotRestore, accept, restore

    if file is None and not accepted:
        raise Failure("Name the backup's file, or say --accept to take an older database as it is.")
    try:
        with step("Restoring"):
            epoch = accept() if file is None else restore(file, anyway=yes)
    except CannotRestore as error:
        raise Failure(printable(str(error))) from error
    click.echo(f"epoch {epoch}")


@click.command("replay", cls=OneLine)
@click.option("--check", is_flag=True, required=True, help="Compare only; nothing is changed.")
@with_appcontext
@_plain
def _replay(check: bool) -> None:
    """Add up all moves and compare the balances with them; exit code 1 where they differ."""
    from app.ledger import replaying

    with step("Adding up all moves"), reading() as tx:
        differences = replaying.check(tx)
    for difference in differences:
        click.echo(printable(difference))
    if differences:
        raise SystemExit(1)
    click.echo("The balances are the sum of the moves.")


@click.command("verify", cls=OneLine)
@click.option("--site", metavar="CODE", callback=_text(128), help="Only this site, or `global` for products and people; without it: all.")
@click.option("--checkpoint", "said", multiple=True, metavar="TEXT-OR-FILE", help="That left the server before; may be said several times.")
@click.option(
    "--restored",
    multiple=True,
    metavar="EPOCH[:SEAL]",
    help="An epoch that began by a restore you know of, and the newest seal of its backup.",
)
@with_appcontext
@_plain
def _verify(site: str | None, said: tuple[str, ...], restored: tuple[str, ...]) -> None:
    """Compare what the database holds with its seals, and these with checkpoints; exit code 1 where something was changed."""
    from app.seals import exporting, verify

    try:
        given = [one for each in said for one in verify.read_checkpoints(each)]
    except verify.Unreadable as error:
        raise Failure(printable(str(error))) from error
    with step("Hashing all rows"), reading() as tx:
        every = tx.scalars(text("SELECT site_id FROM journals ORDER BY site_id")).all() if site is None else [journal_for(tx, site)]
        reports = []
        for site_id in every:
            mine = [one for one in given if one.site == site_id]
            reports.append(verify.check(exporting.single(exporting.lines(tx, site_id)), mine, restored))
    for line in (line for report in reports for line in report.lines()):
        click.echo(printable(line))
    if any(report.wrong for report in reports):
        raise SystemExit(1)
