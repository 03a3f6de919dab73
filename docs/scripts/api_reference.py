"""Write docs/api.md from the API's own description: `python docs/scripts/api_reference.py`. A test holds the file to it.

`--check` writes nothing and returns 1 where the file is old.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import marshmallow as ma
from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin

HOME = Path(__file__).parents[2]
sys.path.insert(0, str(HOME))

from app import access, config, create_app  # noqa: E402
from app.errors import CODES  # noqa: E402
from app.scans.meaning import NAMES_NOTHING  # noqa: E402  # after the path to the project is set
from app.scans.said import REASONS, REQUIRED, TASKS, WARNINGS  # noqa: E402

PAGE = HOME / "docs" / "api.md"
METHODS = ("get", "post", "put", "patch", "delete")
COMMON = {"bad_request", "unauthorized", "forbidden", "method_not_allowed", "not_acceptable", "internal", "unavailable"}
"""What every route (but the public ones, for two of them) may answer; told once."""
MALFORMED = ("missing_field", "bad_field", "unknown_task")
PROSE = {
    "people": "People and their roles", "sessions": "Sign-in and sessions", "scans": "Scans, their receipts and proofs",
    "counts": "Counts, sheets and reconciliations",
    "ledger": "Stock, moves and exceptions", "products": "Products",
}  # fmt: skip

Node = Mapping[str, Any]


def described() -> dict[str, Any]:
    """Return the OpenAPI description as the server gives it; needs no database."""
    with tempfile.TemporaryDirectory() as folder:
        settings = config.Settings(f"sqlite:///{folder}/none.db", Path(folder), None, False, "")
        app = create_app(settings)
        view = app.view_functions["openapi"]
        with app.test_request_context("/api/v1/openapi.json"):
            found: dict[str, Any] = json.loads(app.make_response(app.ensure_sync(view)()).get_data())
        found["x-plain"] = plain(app, found)
        found["components"]["schemas"] |= scans()
        found["paths"]["/api/v1/scans"]["post"]["requestBody"]["content"]["application/json"]["schema"] = {
            "$ref": "#/components/schemas/Envelope"
        }
        return found


def scans() -> dict[str, Any]:
    """Return the shapes of an envelope and a scan; the description leaves them open, since a bad item is no bad request."""
    from app.scans.api import EnvelopeSchema

    spec = APISpec("", "", "3.0.3", plugins=[MarshmallowPlugin()])
    spec.components.schema("Envelope", schema=EnvelopeSchema)
    made: dict[str, Any] = spec.to_dict()["components"]["schemas"]
    return made


def told_by_code() -> dict[str, str]:
    """Return what the code says of each shape: the docstring of its schema."""
    rows = {}
    for name, classes in ma.class_registry._registry.items():
        kind = classes[0] if isinstance(classes, list) else classes
        if "." not in name and isinstance(kind, type) and kind.__module__.startswith("app."):
            rows[name.removesuffix("Schema")] = " ".join((kind.__doc__ or "").split())
    return rows


def plain(app: Any, spec: Node) -> list[tuple[str, str, str]]:
    """Return the routes that the description leaves out: (methods, rule, who)."""
    rows = []
    for rule in app.url_map.iter_rules():
        path = rule.rule
        for part in path.split("<")[1:]:
            path = path.replace(f"<{part.split('>')[0]}>", "{" + part.split(">")[0].split(":")[-1] + "}")
        if path not in spec["paths"]:
            roles = access.declared(app.view_functions[rule.endpoint])
            methods = " ".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
            rows.append((methods, path, "everybody" if roles is None else ", ".join(in_order(roles))))
    return sorted(rows, key=lambda row: row[1])


def in_order(roles: Iterable[str]) -> list[str]:
    """Return roles in the order in which people read them."""
    order = [access.DEVICE, access.REVOKED_DEVICE, *access.ROLES]
    return sorted(roles, key=order.index)


class Reference:
    """The page."""

    def __init__(self, spec: Node) -> None:
        self.spec, self.lines = spec, []
        self.schemas: Node = spec["components"]["schemas"]
        self.used: list[str] = []
        self.told = told_by_code()

    def say(self, *lines: str) -> None:
        """Add lines."""
        self.lines.extend(lines)

    def page(self) -> str:
        """Return the whole page."""
        self.say(
            "# API reference",
            "",
            "Made from the server's own description by `docs/scripts/api_reference.py`; don't edit it, run that. A running server",
            "gives the same as OpenAPI 3 at `GET /api/v1/openapi.json`. How to use it is told in [for integrators](for-integrators.md).",
            "",
        )
        self.overview()
        self.words()
        self.routes()
        self.shapes()
        return "\n".join(self.lines).rstrip() + "\n"

    def overview(self) -> None:
        """List all routes and who may call them."""
        self.say("## All routes", "", "| route | who may call |", "|---|---|")
        for path, method, operation in self.operations():
            self.say(f"| [`{method.upper()} {path}`](#{anchor(method, path)}) | {who(operation)} |")
        for methods, path, roles in self.spec["x-plain"]:
            self.say(f"| `{methods} {path}` | {roles} |")
        self.say(
            "",
            "Who calls says so with `Authorization: Bearer TOKEN` (a device's token or an API key) or a console session (cookie, and",
            "the header `X-CSRF-Token` on everything but GET). *device* is an enrolled device; a *revoked_device* may send scans and",
            "nothing else.",
            "",
        )  # fmt: skip

    def words(self) -> None:
        """List limits, problems, tasks, reasons and warnings."""
        texts = json.loads((HOME / "static" / "messages.json").read_text())
        self.say("## Limits", "", self.spec["info"]["description"].split("\n\n", 1)[1].removeprefix("Limits: "), "")
        self.say("## Problems", "", "| code | status | means |", "|---|---|---|")
        for code, (status, title) in sorted(CODES.items()):
            self.say(f"| `{code}` | {status} | {title} |")
        self.say(
            "",
            "A problem is `application/problem+json`: `{type, title, status, detail, code, errors: [{field, message}]}`. Every route may",
            f"answer {', '.join(f'`{c}`' for c in sorted(COMMON))}; those with a body also",
            "`too_large`, `unsupported_media_type` and `bad_json`. With 429 and 503 comes `Retry-After`. What a route answers beyond",
            "these stands with it below.",
            "",
        )  # fmt: skip
        self.say("## Tasks", "", "| task | on screens | needs, beside `id` and `scanned_at` |", "|---|---|---|")
        for task in TASKS:
            self.say(
                f"| `{task}` | {texts['tasks'][task]} | {', '.join(' or '.join(f'`{f}`' for f in group) for group in REQUIRED[task])} |"
            )
        self.say("", "## Reasons", "", "Why a scan was `refused` (it is kept and waits for a person), or is `malformed`.", "")
        self.say("A look-up of a code that names nothing, or several things, is `noted`: nobody has to do anything.", "")
        self.say("| reason | on screens | of |", "|---|---|---|")
        for reason in (*REASONS, *MALFORMED):
            kind = "malformed" if reason in MALFORMED else "noted or refused" if reason in {"voided", *NAMES_NOTHING} else "refused"
            self.say(f"| `{reason}` | {texts['reasons'][reason]} | {kind} |")
        self.say("", "## Warnings", "", "A scan with warnings was taken; show those you don't know as text.", "")
        self.say("| warning | on screens |", "|---|---|")
        for warning in WARNINGS:
            self.say(f"| `{warning}` | {texts['warnings'][warning]} |")
        self.say("")

    def operations(self) -> list[tuple[str, str, Node]]:
        """Return (path, method, operation), in the description's order of packages."""
        tags = [tag["name"] for tag in self.spec.get("tags", [])]
        rows = [
            (
                path,
                method,
                {**operations[method], "parameters": operations.get("parameters", []) + operations[method].get("parameters", [])},
            )
            for path, operations in self.spec["paths"].items()
            for method in METHODS
            if method in operations
        ]
        return sorted(rows, key=lambda row: tags.index(row[2]["tags"][0]))

    def routes(self) -> None:
        """Describe each route."""
        tag = ""
        for path, method, operation in self.operations():
            if operation["tags"][0] != tag:
                tag = operation["tags"][0]
                self.say(f"## {PROSE.get(tag, tag.capitalize())}", "")
            self.route(path, method, operation)

    def route(self, path: str, method: str, operation: Node) -> None:
        """Describe a route."""
        self.say(f"### {method.upper()} {path}", "", operation.get("summary", "").strip())
        if operation.get("description"):
            self.say("", operation["description"].strip())
        self.say("", f"Who: {who(operation)}.", "")
        for parameter in operation["parameters"]:
            needed = ", required" if parameter.get("required") else ""
            told = f": {parameter['description']}" if parameter.get("description") else ""
            self.say(f"- `{parameter['name']}` ({parameter['in']}{needed}): {self.kind(parameter['schema'])}{told}")
        body = operation.get("requestBody")
        if body:
            for kind, content in body["content"].items():
                self.say(f"- body `{kind}`: {self.kind(content.get('schema', {}))}")
        problems = []
        for status, response in sorted(operation["responses"].items()):
            if status < "400":
                shape = next(iter(response.get("content", {}).values()), {}).get("schema")
                told = response.get("description", "").strip()
                what = self.kind(shape) if shape else told or "no body"
                self.say(f"- answers {status}: {what}" + (f" ({told})" if shape and told not in ("", "OK", "Created", "Accepted") else ""))
            elif response.get("description", "Problem") != "Problem":
                problems += [part.split(":")[0].strip() for part in response["description"].split("; ")]
        extra = [p for p in problems if p in CODES and p not in COMMON]
        if extra:
            self.say("- problems: " + ", ".join(f"`{p}`" for p in sorted(extra)))
        self.say("")

    def kind(self, schema: Node) -> str:
        """Return what a value is, in a few words; a named shape is linked."""
        if "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[1]
            self.used.append(name)
            return f"[{name}](#{name.lower()})"
        if "allOf" in schema:
            parts = [self.kind(part) for part in schema["allOf"]]
            return " and ".join(parts) + nullable(schema)
        if "anyOf" in schema or "oneOf" in schema:
            choices = schema.get("anyOf", schema.get("oneOf", []))
            parts = [self.kind(part) for part in choices if not (part.get("nullable") and "properties" not in part)]
            return " or ".join(parts) + (" or null" if len(parts) < len(choices) else "")
        kind = schema.get("type", "any")
        if isinstance(kind, list):
            kind = " or ".join(kind)
        if kind == "array":
            return f"list of {self.kind(schema.get('items', {}))}" + bounds(schema, "minItems", "maxItems") + nullable(schema)
        if kind == "object" and isinstance(schema.get("additionalProperties"), Mapping) and schema["additionalProperties"]:
            return f"object of {self.kind(schema['additionalProperties'])}" + nullable(schema)
        words = {"string": "text", "integer": "whole number", "boolean": "true or false"}.get(kind, kind)
        if schema.get("format") in ("date-time", "uuid", "date", "binary"):
            words = {"date-time": "time", "uuid": "UUID", "date": "date", "binary": "bytes"}[schema["format"]]
        chosen = [value for value in schema.get("enum", []) if value is not None]
        if chosen:
            words = "one of " + ", ".join(f"`{value}`" for value in chosen)
        if not words.startswith(("one of", "UUID")):
            words += bounds(schema, "minLength", "maxLength", " characters") + bounds(schema, "minimum", "maximum")
        if "default" in schema and schema["default"] is not None:
            words += f", default `{json.dumps(schema['default'])}`"
        return words + nullable(schema)

    def shapes(self) -> None:
        """Describe the named shapes that the routes use, and those that these use."""
        self.say("## Shapes", "", "`?` after a name: may be absent.", "")
        done: set[str] = set()
        while set(self.used) - done:
            name = sorted(set(self.used) - done)[0]
            done.add(name)
            self.shape(name)

    def shape(self, name: str) -> None:
        """Describe a shape."""
        schema = self.schemas[name]
        self.say(f"### {name}", "")
        told = schema.get("description", "").strip() or self.told.get(name, "")
        if told:
            self.say(told, "")
        needed = schema.get("required", [])
        for key, value in schema.get("properties", {}).items():
            told = f": {value['description']}" if value.get("description") else ""
            self.say(f"- `{key}`{'' if key in needed else '?'}: {self.kind(value)}{told}")
        self.say("")


def who(operation: Node) -> str:
    """Return who may call."""
    return "everybody" if operation.get("security") == [] else ", ".join(in_order(operation["x-roles"]))


def anchor(method: str, path: str) -> str:
    """Return the anchor that a heading of a route gets."""
    return f"{method} {path}".lower().replace(" ", "-").translate({ord(c): None for c in "/{}."})


def nullable(schema: Node) -> str:
    """Say whether null is a value."""
    return " or null" if schema.get("nullable") else ""


def bounds(schema: Node, low: str, high: str, of: str = "") -> str:
    """Return the bounds that say something."""
    least, most = schema.get(low), schema.get(high)
    if most is None:
        return f", from {least}{of}" if least else ""
    return f", {least or 0} to {most}{of}" if least is not None and (least or not of) else f", at most {most}{of}"


def text() -> str:
    """Return the page as it should be."""
    return Reference(described()).page()


def main() -> int:
    """Write the page, or check it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    wanted = text()
    if parser.parse_args().check:
        return 0 if PAGE.exists() and PAGE.read_text() == wanted else 1
    PAGE.write_text(wanted)
    print(f"{PAGE.relative_to(HOME)}: {wanted.count(chr(10))} lines")
    return 0


if __name__ == "__main__":
    sys.exit(main())
