"""Make scripts, styles and texts small before they are served, so that a gun on a slow link carries little.

tdewolff/minify does it, in a process of its own: it brings another runtime along, which must not live in a server that forks.
"""

import json
import re
import subprocess
import sys
import zlib
from collections.abc import Callable
from functools import cache

TYPES = {".js": "application/javascript", ".css": "text/css", ".json": "application/json"}
BETWEEN = re.compile(r"(?<=>)\n(?=<|\$\{)|(?<=\})\n(?=<)")
"""A line's end between parts of markup."""
CLOSING = re.compile(r"<//>|</\w+>")
"""The end of an element: htm closes the last one that is open, whatever the name."""
QUOTED = re.compile(r'(?<=[a-z])="([\w-]+)"(?=[ >\n])')
"""An attribute that needs no quotes; scripts of ours put their own strings into single ones."""
EMPTY_EXPORT = re.compile(r"^export \{\};$", re.MULTILINE)
"""Says to type checkers that a file is a module; this minifier writes it wrongly."""
IMPORT = re.compile(r"^import .* from '[^']+';$", re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async function|function|const|class) (\w+))", re.MULTILINE)
"""How our modules import and export; each on a line of its own."""
SMALL = re.compile(r"function _\(\)\{(.*?)[,;]?_\.give\(\{([^{}]*)\}\);?\}", re.DOTALL)
PATIENCE = 60
"""Seconds; it takes a tenth of one."""


@cache
def compact(files: tuple[tuple[str, bytes], ...]) -> dict[str, bytes]:
    """Return those of these files that could be made small, in the language they were written in (ES2018)."""
    wanted = [[name, TYPES[suffix], content.decode()] for name, content in files if (suffix := _suffix(name)) in TYPES]
    try:
        done = subprocess.run(  # noqa: S603 - our own file
            [sys.executable, "-P", __file__], check=False, input=json.dumps(wanted), capture_output=True, text=True, timeout=PATIENCE
        )
        return {name: text.encode() for name, text in json.loads(done.stdout)} if done.returncode == 0 else {}
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return {}


def _suffix(name: str) -> str:
    return name[name.rfind(".") :]


def _minify() -> None:
    """Read [name, type, text] of each file, write [name, text] of those that were made small."""
    import minify

    minify.config({"js-version": 2018})
    script = TYPES[".js"]

    def plain(text: str) -> str:
        return str(minify.string(script, text))

    def small(kind: str, text: str) -> str:
        if kind != script:
            return str(minify.string(kind, text))
        flat = prepared(text)
        return min(plain(flat), shortened(flat, plain), key=packed)

    sys.stdout.write(json.dumps([[name, small(kind, text)] for name, kind, text in json.load(sys.stdin)]))


def packed(text: str) -> int:
    """Return how much of a text goes over the wire."""
    return len(zlib.compress(text.encode(), 9))


def shortened(script: str, minified: Callable[[str], str]) -> str:
    """Return a module minified with short names for what only it sees.

    The minifier leaves all names outside of functions as they are, since a script's are everybody's; a module's aren't. So it is given
    the module's body as a function, and the exports as an object that shows their new names.
    """
    body = IMPORT.sub("", script)
    given = ", ".join(EXPORT.findall(body))
    found = SMALL.fullmatch(minified(f"function _() {{\n{EXPORT.sub('', body)}\n_.give({{ {given} }});\n}}").strip())
    if found is None:
        return script
    names = [name.partition(":") for name in found[2].split(",") if name]
    exports = ",".join(name if not colon or short == name else f"{short} as {name}" for name, colon, short in names)
    imports = minified("\n".join(IMPORT.findall(script)))
    return ";".join(part for part in (imports, found[1], f"export{{{exports}}}" if exports else "") if part)


def prepared(script: str) -> str:
    """Take off empty exports and indentation, and inside templates of markup what means nothing to htm."""
    flat = re.sub(r"\n[ \t]+", "\n", EMPTY_EXPORT.sub("", script))
    return QUOTED.sub(r"=\1", CLOSING.sub("</>", BETWEEN.sub("", flat)))


if __name__ == "__main__":
    _minify()
