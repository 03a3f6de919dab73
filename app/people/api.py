"""What the wire says of people: the list, and who has which roles where."""

from typing import Any

import marshmallow as ma
from flask import Response
from marshmallow import validate

from app import access, http
from app.access import ROLES, allow
from app.db import reading, writing
from app.errors import Problem
from app.fields import Flag
from app.people import changing, ending, hashing, keeping, listing, proving

blueprint = http.Blue("people", __name__, url_prefix="/api/v1", description="People and their roles")
blueprints = [blueprint]


class PersonIn(http.Strict):
    """A person; `site` null: roles in all sites. With a password they can sign in."""

    name = http.Text(200, 1, required=True)
    badge = http.Text(128, 1, load_default=None, allow_none=True)
    roles = ma.fields.List(ma.fields.String(validate=validate.OneOf(ROLES)), required=True, validate=validate.Length(1, 20))
    site = http.Text(128, load_default=None, allow_none=True)
    password = http.Text(200, load_default=None, allow_none=True, metadata={"format": "password"})


class ChangeIn(http.Strict):
    """What is to change of a person: roles (all they have then), archived, a new password; what isn't said stays."""

    roles = ma.fields.List(
        ma.fields.String(validate=validate.OneOf(ROLES)), load_default=None, allow_none=True, validate=validate.Length(1, 20)
    )
    archived = Flag(load_default=None, allow_none=True)
    password = http.Text(200, load_default=None, allow_none=True, metadata={"format": "password"})
    reason = http.Text(2000, load_default="")


class PlaceIn(http.Strict):
    """Roles in a site; `site` null: in all sites."""

    site = http.Text(128, 1, required=True, allow_none=True)
    roles = ma.fields.List(ma.fields.String(validate=validate.OneOf(ROLES)), required=True, validate=validate.Length(1, 20))


class PlacesIn(http.Strict):
    """All roles that a person has from now on, site by site."""

    by_site = ma.fields.List(ma.fields.Nested(PlaceIn), required=True, validate=validate.Length(1, 200))
    reason = http.Text(2000, load_default="")


class TakeOffIn(http.Strict):
    """Why."""

    reason = http.Text(2000, 1, required=True)


class PlaceOut(ma.Schema):
    """The roles of a person in a site (null: in all sites)."""

    site = ma.fields.String(required=True, allow_none=True)
    roles = ma.fields.List(ma.fields.String(), required=True)


class PersonOut(ma.Schema):
    """A person; `user`: has a password. `roles` are those of `site`; who has some in several sites has all of them in `by_site`."""

    id = ma.fields.Integer(required=True)
    name = ma.fields.String(required=True)
    badge = ma.fields.String(required=True, allow_none=True)
    roles = ma.fields.List(ma.fields.String(), required=True)
    site = ma.fields.String(required=True, allow_none=True)
    by_site = ma.fields.List(ma.fields.Nested(PlaceOut), required=True)
    user = ma.fields.Boolean(required=True)
    authenticator = ma.fields.Boolean(required=True, metadata={"description": "signs in with a code too"})
    archived = ma.fields.Boolean(required=True)
    created_at = ma.fields.String(required=True)
    journal = ma.fields.Integer(required=True)


class PeopleOut(http.Listed):
    """A page of people; `journal` is the global one."""

    rows = ma.fields.List(ma.fields.Nested(PersonOut), required=True)


@blueprint.get("/people")
@blueprint.arguments(http.MasterPage, location="query")
@blueprint.response(200, PeopleOut)
@http.errors("epoch_changed")
@allow("administrator")
def get_people(page: dict[str, Any]) -> Response:
    """List people; an administrator of one site sees those of that site, and the roles they have there."""
    with reading() as tx:
        http.same_epoch(tx, page.get("epoch"))
        rows, next_ = listing.page(tx, access.caller().site_id, http.number(page.get("after")), page["limit"])
        return http.answer(http.listed(tx, rows, next_, 0))


@blueprint.post("/people")
@blueprint.arguments(PersonIn)
@blueprint.response(201, PersonOut)
@http.errors("code_collides", "not_found")
@allow("administrator")
def post_person(said: dict[str, Any]) -> Response:
    """Add a person."""
    kept = None
    if said["password"] is not None:
        hashing.check(said["password"], said["name"])
        kept = hashing.hashed(said["password"])
    with writing() as tx:
        everywhere = said["site"] is None and access.caller().site_id is None
        site_id = None if everywhere else access.site_for(tx, said["site"])
        made = keeping.add(tx, said["name"], badge=said["badge"], roles=said["roles"], site_id=site_id, password=kept)
        (row,), _ = listing.page(tx, None, made - 1, 1)
    return http.answer(row, 201)


@blueprint.put("/people/<int:person_id>")
@blueprint.arguments(ChangeIn)
@blueprint.response(200, PersonOut)
@http.errors("not_found")
@allow("administrator")
def put_person(said: dict[str, Any], person_id: int) -> Response:
    """Change a person's roles (of their one site, else of all), archive them or bring them back, give them a new password. It holds from
    their next request on; a new password and archiving end their sessions."""
    with reading() as tx:
        changing.reach(tx, access.caller(), person_id)
        name = listing.name_of(tx, person_id)
    kept = None
    if said["password"] is not None:
        hashing.check(said["password"], name)
        kept = hashing.hashed(said["password"])
    with writing() as tx:
        changing.change(tx, access.caller(), person_id, said, kept)
        (row,), _ = listing.page(tx, None, person_id - 1, 1)
    return http.answer(row)


@blueprint.put("/people/<int:person_id>/roles")
@blueprint.arguments(PlacesIn)
@blueprint.response(200, PersonOut)
@http.errors("bad_request", "not_found")
@allow("administrator")
def put_roles(said: dict[str, Any], person_id: int) -> Response:
    """Give a person roles in several sites: these, and no others. An administrator of one site gives roles of that site only."""
    who = access.caller()
    with writing() as tx:
        sites = [access.site_for(tx, one["site"]) if one["site"] is not None else 0 for one in said["by_site"]]
        if 0 in sites and who.site_id is not None:
            raise Problem("forbidden", "You may only use your own site.")
        if len(set(sites)) < len(sites):
            raise Problem("bad_request", "Each site once.", [{"field": "by_site", "message": "A site stands there twice."}])
        wanted = dict(zip(sites, (one["roles"] for one in said["by_site"]), strict=True))
        changing.place(tx, who, person_id, wanted, said["reason"])
        (row,), _ = listing.page(tx, None, person_id - 1, 1)
    return http.answer(row)


@blueprint.post("/people/<int:person_id>/authenticator/removal")
@blueprint.arguments(TakeOffIn)
@blueprint.response(200, PersonOut)
@http.errors("not_found")
@allow("administrator")
def post_persons_removal(said: dict[str, str], person_id: int) -> Response:
    """Take off the authenticator of somebody who lost it; nobody does so for themselves. Their sessions end."""
    who = access.caller()
    if person_id == who.person_id:
        raise Problem("forbidden", "Your own goes with a code; else let another administrator do it.")
    with writing() as tx:
        changing.reach(tx, who, person_id)
        proving.take_off(tx, person_id, said["reason"])
        ending.end(tx, person_id)
        (row,), _ = listing.page(tx, None, person_id - 1, 1)
    return http.answer(row)
