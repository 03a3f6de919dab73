"""What reads files and codes is led by coverage (atheris) to what nobody thought of: rows, meanings or our own refusal, never another
exception.

The control is the reader that everybody writes first; it must break. `python -m campaigns.parsers TARGET RUNS SEED FOLDER` is one run,
in a process of its own: the fuzzer ends the process it is in.
"""

import contextlib
import csv
import io
import subprocess
import sys
import tempfile
import types
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from campaigns import Outcome, hold, progress

ROOT = Path(__file__).resolve().parent.parent
TARGETS = ("text", "sheet", "texts", "zip", "columns", "codes")
_HEAD = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
_PARTS = {
    "xl/workbook.xml": '<workbook xmlns:r="r"><workbookPr/><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="r1" Type="x/worksheet" Target="worksheets/sheet1.xml"/>'
    '<Relationship Id="r2" Type="x/sharedStrings" Target="sharedStrings.xml"/>'
    '<Relationship Id="r3" Type="x/styles" Target="styles.xml"/></Relationships>',
    "xl/sharedStrings.xml": "<sst><si><t>sku</t></si><si><r><t>na</t></r><rPh><t>x</t></rPh><r><t>me_x0041_</t></r></si></sst>",
    "xl/styles.xml": '<styleSheet><numFmts><numFmt numFmtId="164" formatCode="0000"/></numFmts>'
    '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/></cellXfs></styleSheet>',
    "xl/worksheets/sheet1.xml": f'{_HEAD}<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>b</t></is></c></row>'
    '<row r="2"><c r="A2" s="1"><v>45000.5</v></c><c r="B2" t="e"><v>#N/A</v></c></row>'
    '<row><c s="2"><v>7</v></c><c t="b"><f>1</f><v>1</v></c></row></sheetData></worksheet>',
}
SEEDS = {
    "text": b'sku;name\r\n1;"a ""b"""\r\n\'=2;\xc3\xbc\r\n',
    "sheet": _PARTS["xl/worksheets/sheet1.xml"].encode(),
    "texts": _PARTS["xl/sharedStrings.xml"].encode(),
    "columns": b'{"sku":"a, b"}',
    "codes": b"]C10109521234001003"
    b"17290131"
    b"10LOT\x1d3103001250\n(01)09521234001003(21)S\nhttps://id.gs1.org/01/09521234001003/10/A?17=290131",
}


def campaign(runs: int, seed: int) -> Outcome:
    """Fuzz each reader; the control must break."""
    for number, target in enumerate(TARGETS):
        progress(number, len(TARGETS), "readers")
        code, said = _fuzz(target, runs, seed)
        hold(code == 0, f"seed {seed}, {target}: {said[-2000:]}")
    code, said = _fuzz("naive", runs, seed)
    hold(code != 0, "control: the naive reader read everything")
    return Outcome("parsers", runs * len(TARGETS), "inputs", {"readers": len(TARGETS), "broken": 0}, "the naive reader broke")


def _fuzz(target: str, runs: int, seed: int) -> tuple[int, str]:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "corpus").mkdir()
        if target in SEEDS:
            (Path(folder) / "corpus" / "seed").write_bytes(SEEDS[target])
        done = subprocess.run(
            [sys.executable, "-m", "campaigns.parsers", target, str(runs), str(seed), folder], cwd=ROOT, capture_output=True, text=True
        )
        return done.returncode, done.stdout + done.stderr


def main() -> None:
    """Fuzz one target until the runs are over or something breaks."""
    import atheris

    target, runs, seed, folder = sys.argv[1:]
    bare = types.ModuleType("app")  # the readers alone, as the limited process has them
    bare.__path__ = [str(ROOT / "app")]
    sys.modules["app"] = bare
    with atheris.instrument_imports(include=["app.imports", "app.scans"]):
        from app import own_codes
        from app.imports import columns, kinds, tables, workbook
        from app.scans import codes

    def text(data: bytes) -> None:
        read(lambda: tables.read(io.BytesIO(data), ("sku", "name")))

    def part(name: str) -> Callable[[bytes], None]:
        return lambda data: read(lambda: workbook.read(io.BytesIO(_zip({**_PARTS, name: data})), None))

    whole = _zip(_PARTS, zipfile.ZIP_DEFLATED)

    def damaged(data: bytes) -> None:
        raw = bytearray(whole)
        for at in range(0, len(data) - 2, 3):
            raw[int.from_bytes(data[at : at + 2]) % len(raw)] = data[at + 2]
        read(lambda: workbook.read(io.BytesIO(bytes(raw)), None))

    def read(what: Callable[[], tuple[tables.Head, object]]) -> None:
        with contextlib.suppress(tables.BadTable, zlib.error):
            head, rows = what()
            for row in rows:  # type: ignore[attr-defined]
                assert len(row.cells) <= len(head.header)

    def said(data: bytes) -> None:
        words = data.decode("utf-8", "replace")
        kind = list(kinds.KINDS.values())[len(data) % len(kinds.KINDS)]
        with contextlib.suppress(columns.BadMapping):
            columns.said(words, kind)
        columns.guess(words.split(";"), [words.split(",")], kind)
        with contextlib.suppress(tables.BadTable):
            columns.places(words.split(";"), kind, None)

    house = codes.House(2026, own_codes.patterns("21iiiiiwwwwwc=kg3 23iiiiivppppc=EUR2"))

    def code(data: bytes) -> None:
        for line in data.decode("utf-8", "replace").split("\n"):
            codes.meaning(codes.asked(line, house), ())

    def naive(data: bytes) -> None:
        for row in csv.reader(io.StringIO(data.decode())):
            int(row[0])

    one = {"text": text, "sheet": part("xl/worksheets/sheet1.xml"), "texts": part("xl/sharedStrings.xml"), "zip": damaged, "columns": said}
    one["codes"] = code
    options = [f"-runs={runs}", f"-seed={seed}", "-max_len=4096", "-timeout=20", f"-artifact_prefix={folder}/", "-verbosity=0"]
    atheris.Setup([sys.argv[0], *options, f"{folder}/corpus"], one.get(target, naive))
    atheris.Fuzz()


def _zip(parts: dict[str, str] | dict[str, str | bytes], how: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as file:
        for name, part in parts.items():
            file.writestr(name, part)
    return out.getvalue()


if __name__ == "__main__":
    main()
