"""LibreOffice opens every XLSX, CSV and PDF that the product makes: each cell is what we wrote, and none is a formula that came from data.

What it saves again comes back as an import that changes nothing. The control writes the same texts as everybody does first, and must give
formulas.
"""

import csv
import io
import itertools
import random
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter

from app import times
from app.exports import masters, selecting
from app.imports.spooling import XLSX
from app.measures import tables
from campaigns import Outcome, hold, progress
from campaigns.ground import Ground, Stage
from tests.debian import Missing, provide
from tests.shop import Gun

TEXTS = (
    '=HYPERLINK("http://x","y")', "'=1+1", "''quoted", "-5", "+49 30", "@SUM(1)", "00123", "1E+05", 'a "b", c;d|e', " two  spaces ", "TRUE",
    "2026-01-02", "_x0041_", "<b>&amp;</b>", "\u202egnp.exe", "日本語", "#N/A", "1/2", "\u00a0nbsp", "=cmd|' /C calc'!A0",
)  # fmt: skip
LIBREOFFICE = {
    "libreoffice-calc-nogui": "/usr/lib/libreoffice/program/libsclo.so",
    "libreoffice-draw-nogui": "/usr/lib/libreoffice/program/libsdlo.so",
}
"""Debian's packages and a file that each brings."""
_PATIENCE = 300


def campaign(ground: Ground, products: int, seed: int) -> Outcome:
    """Fill a shop with texts that look like something else, count and post in it, and open all that it gives."""
    try:
        provide(LIBREOFFICE)
    except Missing as why:
        hold(False, f"files are opened with LibreOffice: {why}")
    folder = ground.folder / f"office-{seed}"
    with ground.stage("sqlite") as stage:
        happened(stage, products, random.Random(seed))
        made = dict(files(stage))
        for name, raw in made.items():
            (folder / "made" / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / "made" / name).write_bytes(raw)
        cells = 0
        opened(folder, "xlsx", "xlsx", made)
        for number, name in enumerate(sorted(made)):
            progress(number, len(made), "files")
            if name.endswith(".xlsx"):
                cells += same(name, made[name], (folder / "xlsx" / name).read_bytes())
        opened(folder, "csv", "xlsx", made)
        for name in made:
            if name.endswith(".csv"):
                cells += plain(name, (folder / "csv" / name.replace(".csv", ".xlsx")).read_bytes())
        opened(folder, "pdf", "png", made)
        for name in masters.EXPORTS:
            kind, raw = name.replace("opening", "stock"), (folder / "xlsx" / f"{name}.xlsx").read_bytes()
            report = (
                stage.shop.person("supervisor")
                .client.post(
                    f"/api/v1/imports/{kind}",
                    data=raw,
                    content_type=XLSX,
                    headers={"Authorization": f"Bearer {stage.shop.person('supervisor').token}"},
                )
                .json
            )
            hold((report["created"], report["updated"], report["rejected"]) == (0, 0, []), f"{name} comes back changed: {report}")
        stage.shop.proven()
    formulas = control(folder)
    facts = {"cells": cells, "formulas": 0, "saved and taken back": len(masters.EXPORTS)}
    return Outcome("office files", len(made), "files", facts, f"written plainly {formulas} of {len(TEXTS)} texts became formulas")


def happened(stage: Stage, products: int, chance: random.Random) -> None:
    """Let a count be posted in a shop whose names, lots, notes and places are such texts."""
    shop, at = stage.shop, times.now() - 2 * times.HOUR
    office = shop.person("supervisor")
    for number in range(products):
        name = chance.choice(TEXTS) + chance.choice(("", chance.choice(TEXTS)))
        fields = {"name": name, "unit": "each", "cost": f"{number}.25", "barcodes": [{"code": f"={number}+1"}]}
        hold(office.call("PUT", f"/api/v1/products/{number:05d}", fields).status_code in (200, 201), f"product {fields}")
        shop.gun.do("receive", at=at, location="A-01", barcode=f"={number}+1", quantity=str(number + 1))
    hold(office.call("PUT", "/api/v1/locations/=A-9", {"name": "=1+1", "kind": "bin"}).status_code in (200, 201), "location")
    shop.gun.do("receive", at=at, location="A-02", barcode="MILK-1", lot="=L1", quantity="4")
    shop.gun.do("receive", at=at, location="A-02", barcode='=HYPERLINK("nobody")', quantity="4")
    hold(office.call("POST", "/api/v1/counts", {"locations": ["A-01", "A-02"]}).status_code == 201, "plan")
    for number in range(products):
        shop.gun.do("count", at=at + times.HOUR, sheet="K1-001", barcode=f"={number}+1", quantity=str(number + chance.randrange(2)))
    shop.gun.do("finish", at=at + times.HOUR, sheet="K1-001")
    shop.gun.do("count", at=at + times.HOUR, sheet="K1-002", barcode="MILK-1", lot="=L1", quantity="5")
    shop.gun.do("finish", at=at + times.HOUR, sheet="K1-002")
    seen = office.get("/api/v1/counts/K1/reconciliation").json
    decisions = [
        {"line": line["line"], "decision": "accept", "note": chance.choice(TEXTS)} for line in seen["lines"] if line["state"] == "outside"
    ]
    posted = office.call("POST", "/api/v1/counts/K1/reconciliation", {"hash": seen["hash"], "decisions": decisions})
    hold(posted.status_code == 200, f"the count isn't posted: {posted.json}")


def files(stage: Stage) -> Iterator[tuple[str, bytes]]:
    """Give every file: exports, masters, the parts of a package, measures, labels."""
    accountant = stage.shop.person("accountant")
    for name in (*selecting.EXPORTS, *masters.EXPORTS):
        for kind in ("csv", "xlsx"):
            yield f"{name}.{kind}", got(accountant, f"exports/{name}.{kind}" + ("?count=K1" if name == "reconciliation" else ""))
    for name, kind in itertools.product(tables.NAMES, ("csv", "xlsx")):
        yield f"measures-{name}.{kind}", got(accountant, f"measures/{name}.{kind}")
    with zipfile.ZipFile(io.BytesIO(got(accountant, "exports/package.zip?count=K1"))) as package:
        yield from ((f"package-{name}", package.read(name)) for name in package.namelist())
    labels = {"of": "locations", "pattern": "A-*"}, {"of": "products", "codes": ["00000", "00001"], "stock": "a4-24"}
    for number, asked in enumerate(labels):
        answer = stage.shop.person("supervisor").call("POST", "/api/v1/labels/files", asked)
        hold(answer.status_code == 200, f"labels {asked}: {answer.status_code}")
        yield f"labels-{number}.pdf", answer.get_data()


def got(who: Gun, path: str) -> bytes:
    answer = who.get(f"/api/v1/{path}")
    hold(answer.status_code == 200, f"{path}: {answer.status_code}")
    return bytes(answer.get_data())


def opened(folder: Path, kind: str, into: str, made: dict[str, bytes]) -> None:
    """Let LibreOffice open all files of a kind, and write them anew."""
    some = [str(folder / "made" / name) for name in sorted(made) if name.endswith(f".{kind}")]
    command = [
        "soffice",
        f"-env:UserInstallation=file://{folder}/profile",
        "--headless",
        "--convert-to",
        into,
        "--outdir",
        str(folder / kind),
        *some,
    ]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=False)
    hold(ran.returncode == 0 and "Error" not in ran.stderr, f"LibreOffice complains: {ran.stdout} {ran.stderr}")
    missing = [name for name in some if not (folder / kind / f"{Path(name).stem}.{into}").exists()]
    hold(not missing, f"LibreOffice doesn't open {missing}: {ran.stdout} {ran.stderr}")


def same(name: str, ours: bytes, theirs: bytes) -> int:
    """Hold that what LibreOffice shows is what we wrote, without a formula; return how many cells."""
    cells = 0
    before, after = (openpyxl.load_workbook(io.BytesIO(raw)) for raw in (ours, theirs))
    for sheet in before.sheetnames:
        for row in before[sheet].iter_rows():
            for cell in row:
                shown = after[sheet][cell.coordinate]
                hold("f" not in (cell.data_type, shown.data_type), f"{name} {cell.coordinate} is a formula: {cell.value!r}")
                hold(said(cell) == said(shown), f"{name} {cell.coordinate}: {cell.value!r} is shown as {shown.value!r}")
                cells += 1
    return cells


def said(cell: Any) -> Any:
    """Return a cell's value; `_x005F_` is how XLSX writes a `_` that something like an escape follows, which openpyxl leaves as it is."""
    return cell.value.replace("_x005F_", "_") if isinstance(cell.value, str) else cell.value or ""


def plain(name: str, theirs: bytes) -> int:
    """Hold that no cell of a CSV became a formula; return how many cells."""
    found = [cell for row in openpyxl.load_workbook(io.BytesIO(theirs)).worksheets[0].iter_rows() for cell in row]
    formulas = [cell.value for cell in found if cell.data_type == "f"]
    hold(not formulas, f"{name} has formulas: {formulas[:3]}")
    return len(found)


def control(folder: Path) -> int:
    """Return how many texts become formulas in a CSV and an XLSX that are written as everybody does first: at least one in each."""
    (folder / "made").mkdir(exist_ok=True)
    with (folder / "made" / "naive.csv").open("w", newline="") as out:
        csv.writer(out).writerows([text] for text in TEXTS)
    book = xlsxwriter.Workbook(folder / "made" / "naive.xlsx")
    sheet = book.add_worksheet()
    for number, text in enumerate(TEXTS):
        sheet.write(number, 0, text)
    book.close()
    opened(folder, "csv", "xlsx", {"naive.csv": b""})
    counts = []
    for raw in ((folder / "csv" / "naive.xlsx").read_bytes(), (folder / "made" / "naive.xlsx").read_bytes()):
        column: Any = openpyxl.load_workbook(io.BytesIO(raw)).worksheets[0]
        counts.append(sum(cell.data_type == "f" for row in column.iter_rows() for cell in row))
    hold(min(counts) > 0, f"control: formulas went unnoticed: {counts}")
    return max(counts)
