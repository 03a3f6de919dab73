"""What labels come on: rolls, and sheets of the usual makers' sizes, A4 and Letter; all in mm. Pure."""

from typing import NamedTuple

A4, LETTER = (210.0, 297.0), (215.9, 279.4)


class Stock(NamedTuple):
    """Labels of one size; on a sheet where there is a page: rows and columns, where the first begins, and from one to the next."""

    name: str
    width: float
    height: float
    page: tuple[float, float] | None = None
    columns: int = 1
    rows: int = 1
    left: float = 0
    top: float = 0
    across: float = 0
    down: float = 0

    @property
    def per_page(self) -> int:
        """Return how many labels a page has."""
        return self.columns * self.rows

    @property
    def paper(self) -> tuple[float, float]:
        """Return the size of a page: a sheet's, or one label of a roll."""
        return self.page or (self.width, self.height)

    def corner(self, at: int) -> tuple[float, float]:
        """Return where the label `at` of a page begins: mm from the left and from the top, row by row."""
        row, column = divmod(at, self.columns)
        return self.left + column * self.across, self.top + row * self.down


STOCKS = {
    stock.name: stock
    for stock in (
        Stock("roll-50x25", 50, 25),
        Stock("roll-57x32", 57, 32),
        Stock("roll-70x37", 70, 37),
        Stock("roll-100x50", 100, 50),
        Stock("roll-102x152", 101.6, 152.4),
        Stock("a4-14", 99.1, 38.1, A4, 2, 7, 4.65, 15.15, 101.6, 38.1),
        Stock("a4-21", 63.5, 38.1, A4, 3, 7, 7.21, 15.15, 66.04, 38.1),
        Stock("a4-24", 63.5, 33.9, A4, 3, 8, 7.21, 12.9, 66.04, 33.9),
        Stock("a4-65", 38.1, 21.2, A4, 5, 13, 4.75, 10.7, 40.6, 21.2),
        Stock("letter-10", 101.6, 50.8, LETTER, 2, 5, 3.97, 12.7, 106.36, 50.8),
        Stock("letter-20", 101.6, 25.4, LETTER, 2, 10, 3.97, 12.7, 106.36, 25.4),
        Stock("letter-30", 66.675, 25.4, LETTER, 3, 10, 4.76, 12.7, 69.85, 25.4),
    )
}
"""a4-14 is Avery L7163, a4-21 L7160, a4-24 L7159, a4-65 L7651; letter-10 is 5163, letter-20 5161, letter-30 5160."""
