"""What a printed sheet says, by language. Pure."""

from typing import NamedTuple


class Words(NamedTuple):
    """The texts of a sheet."""

    title: str
    page: str
    part: str
    recount: str
    location: str
    sheet: str
    check: str
    empty: str
    complete: str
    product: str
    expected: str
    counted: str
    other: str
    continued: str
    as_of: str
    signed: tuple[str, ...]


WORDS = {
    "en": Words(
        "Count sheet {count}", "Page {n} of {m}", "part {n} of {m}", "recount {n}", "location", "sheet", "Check digits of the label",
        "Nothing is here", "All that is here is written down", "Product", "Book", "Counted", "Something else: code, lot", "continued",
        "book as of {at}", ("Counted by", "Badge", "Date", "From", "To", "Signature"),
    ),
    "de": Words(
        "Zählliste {count}", "Seite {n} von {m}", "Teil {n} von {m}", "Nachzählung {n}", "Lagerplatz", "Zählliste",
        "Prüfziffern des Etiketts", "Hier ist nichts", "Alles, was hier ist, steht da", "Artikel", "Soll", "Gezählt",
        "Anderes: Code, Charge", "Fortsetzung", "Soll vom {at}", ("Gezählt von", "Ausweis", "Datum", "Von", "Bis", "Unterschrift"),
    ),
}  # fmt: skip
