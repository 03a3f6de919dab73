"""Which column of a file is which of ours: by their names, as somebody says, or as a guess from names and contents. Pure."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app import wire
from app.imports.kinds import Kind
from app.imports.tables import BadTable, plain


class BadMapping(Exception):
    """What somebody says about columns can't be understood; the text says why."""


_WORDS: dict[str, str] = {
    "sku": "sku item item_no item_number item_code article article_no article_number part part_no part_number product product_id "
    "product_code product_no artikel artikelnr artikelnr. artikelnummer art.-nr. art_nr art._nr. art.nr. artnr materialnummer material "
    "produktnummer produkt teilenummer sachnummer nummer référence reference réf ref code_article código codigo código_de_artículo "
    "codice codice_articolo artikelcode indeks kod kod_towaru",
    "name": "name title description product_name item_name article_name bezeichnung artikelbezeichnung artikelname beschreibung titel "
    "benennung produktname kurztext lagerplatzname désignation designation libellé descripción descripcion nombre descrizione "
    "omschrijving nazwa nazwa_towaru opis",
    "unit": "unit uom unit_of_measure base_unit einheit mengeneinheit basiseinheit me basismengeneinheit "
    "unité unite unidad unità eenheid jednostka jm",
    "decimals": "decimals decimal_places precision dezimalstellen nachkommastellen",
    "tracking": "tracking tracked_by traceability verfolgung chargenpflicht rückverfolgung",
    "barcode": "barcode barcodes bar_code ean ean13 ean_13 ean8 ean_code gtin gtin13 gtin14 upc upc_a code_ean strichcode ean_nummer "
    "ean_gtin gtin_ean code_barres code_barre gencod código_de_barras codigo_de_barras codice_a_barre streepjescode kod_kreskowy",
    "barcode_quantity": "barcode_quantity barcode_qty pack pack_size pack_quantity packaging_quantity units_per_pack case_size "
    "packungsgröße packungsinhalt gebindegröße gebindemenge vpe verpackungseinheit inhalt menge_je_gebinde",
    "cost": "cost unit_cost costs cost_price purchase_price price standard_price average_cost kosten einstandspreis ek ek_preis "
    "einkaufspreis preis stückkosten bewertungspreis prix_d'achat coût cout coste precio_de_compra costo kostprijs cena cena_zakupu",
    "abc": "abc abc_class abc_code class abc_klasse abc_kennzeichen klasse",
    "code": "code location location_code bin bin_code storage_bin lagerplatz lagerplatzcode lagerort platz fach stellplatz lagerfach "
    "position",
    "parent": "parent parent_code parent_location zone aisle area above übergeordnet bereich gang lagerbereich oberplatz",
    "kind": "kind type location_type art typ platzart lagerplatztyp",
    "walk": "walk sequence walking_order walk_sequence route laufweg reihenfolge wegfolge",
    "blocked": "blocked locked closed gesperrt sperre",
    "single_product": "single_product one_product single_item ein_produkt artikelrein sortenrein",
    "location": "location location_code bin bin_code storage_bin place lagerplatz lagerort platz fach stellplatz lagerfach "
    "emplacement ubicación ubicacion ubicazione locatie lokalizacja",
    "lot": "lot lot_number lot_no batch batch_number batch_no charge chargennummer chargen_nr los losnummer "
    "numéro_de_lot lote lotto partij partia numer_partii",
    "quantity": "quantity qty on_hand stock amount count pieces menge bestand anzahl stück lagerbestand pack_size units_per_pack "
    "quantité quantite cantidad quantità aantal ilość ilosc",
    "at": "at date since as_of stock_date datum stichtag bestand_per zum",
    "expiry": "expiry expiry_date expires best_before use_by mhd haltbar_bis verfallsdatum mindesthaltbarkeit verfall "
    "mindesthaltbarkeitsdatum ddm dlc date_de_péremption fecha_de_caducidad caducidad scadenza tht data_ważności",
}
"""Names of each of our columns as files write them (`plain`): English, German, some French, Spanish, Italian, Dutch, Polish."""
_SYNONYMS = {ours: words.split() for ours, words in _WORDS.items()}
_DIGITS = re.compile("[0-9]+", re.ASCII)
_PRICE = re.compile("[0-9]{1,9}[.,][0-9]{1,4}", re.ASCII)
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ].*)?", re.ASCII)


def places(header: Sequence[str], kind: Kind, mapping: Mapping[str, str] | None) -> dict[str, int]:
    """Return where each column of ours stands in the file; with a mapping, only those it names. Raises BadTable."""
    wanted = (
        {column: plain(column) for column in kind.columns} if not mapping else {ours: plain(theirs) for ours, theirs in mapping.items()}
    )
    names = [plain(cell) for cell in header]
    double = sorted({name for name in names if name in wanted.values() and names.count(name) > 1})
    if double:
        raise BadTable(f"The header names a column twice: {', '.join(double)}.")
    missing = [column for column in kind.required if wanted.get(column) not in names]
    if missing:
        raise BadTable(f"The header must name the column {missing[0]}; it names: {', '.join(n[:40] for n in names[:20])}.")
    return {column: names.index(source) for column, source in wanted.items() if source in names}


def said(text: str, kind: Kind) -> dict[str, str]:
    """Return a mapping that a request says: `ours:theirs,...`, or a JSON object where names hold commas. Raises BadMapping."""
    if text.lstrip().startswith("{"):
        try:
            return checked(wire.loads(text.encode("utf-8", "surrogatepass")), kind)
        except ValueError as error:
            raise BadMapping("map: not a JSON object.") from error
    pairs = [pair.partition(":") for pair in text.split(",")]
    unknown = next((ours for ours, colon, theirs in pairs if ours.strip() not in kind.columns or not colon or not theirs.strip()), None)
    if unknown is not None:
        raise BadMapping(f"map: {unknown[:60]!r} is none of {', '.join(kind.columns)} with a column of the file after a colon.")
    return {ours.strip(): theirs for ours, _, theirs in pairs}


def checked(mapping: Any, kind: Kind) -> dict[str, str]:
    """Return a mapping of columns of ours to names; raises BadMapping when it is anything else."""
    if not isinstance(mapping, dict) or not mapping:
        raise BadMapping("map: say for each column of ours which of the file it is.")
    for ours, theirs in mapping.items():
        if ours not in kind.columns:
            raise BadMapping(f"map: {ours[:60]!r} is none of {', '.join(kind.columns)}.")
        if not isinstance(theirs, str) or not theirs.strip() or len(theirs) > 200:
            raise BadMapping(f"map: {ours} needs the name of a column of the file, at most 200 characters.")
    return mapping


def fingerprint(header: Sequence[str]) -> str:
    """Return what two files with the same columns share, whatever their order."""
    return hashlib.sha256(json.dumps(sorted({plain(name) for name in header if name.strip()})).encode()).hexdigest()


def guess(header: Sequence[str], sample: Sequence[Sequence[str]], kind: Kind) -> dict[str, str]:
    """Return the file's column for each of ours that its name, or else its contents, tells."""
    names = [plain(name) for name in header]
    unique = [at for at, name in enumerate(names) if name and names.count(name) == 1]
    found: dict[str, int] = {}

    def free(wanted: Callable[[int], bool]) -> int | None:
        return next((at for at in unique if at not in found.values() and wanted(at)), None)

    for tell in (lambda ours: [ours], lambda ours: _SYNONYMS[ours]):
        for ours in kind.columns:
            for word in tell(ours) if ours not in found else ():
                at = free(lambda at, word=word: names[at] == word)  # type: ignore[misc]  # its default binds the word
                if at is not None:
                    found[ours] = at
                    break
    for ours, looks in (("barcode", _is_gtin), ("cost", _PRICE.fullmatch), ("expiry", _ISO.fullmatch)):
        if ours in kind.columns and ours not in found:
            at = free(lambda at, looks=looks: _all(sample, at, looks))  # type: ignore[misc]  # its default binds looks
            if at is not None:
                found[ours] = at
    if "name" in kind.columns and "name" not in found:
        at = free(lambda at: _all(sample, at, lambda cell: " " in cell.strip() and not _DIGITS.fullmatch(cell)))
        if at is not None:
            found["name"] = at
    return {ours: header[found[ours]] for ours in kind.columns if ours in found}


def _all(sample: Sequence[Sequence[str]], at: int, looks: Callable[[str], Any]) -> bool:
    """Tell whether all cells of a column that say something look so, and half of them say something."""
    cells = [row[at].strip() for row in sample if at < len(row) and row[at].strip()]
    return bool(cells) and 2 * len(cells) >= len(sample) and all(looks(cell) for cell in cells)


def _is_gtin(cell: str) -> bool:
    """Tell whether a cell holds a trade item number: 8, 12, 13 or 14 digits of which the last is right."""
    if len(cell) not in (8, 12, 13, 14) or not _DIGITS.fullmatch(cell):
        return False
    return (sum(map(int, cell[-2::-2])) * 3 + sum(map(int, cell[::-2]))) % 10 == 0
