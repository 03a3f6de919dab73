"""What parsers of GS1 codes raise. Pure."""


class Refused(ValueError):
    """A code claims to be GS1 and isn't: why, and at which identifier."""

    def __init__(self, why: str, ai: str | None = None) -> None:
        super().__init__(f"{why} {ai}" if ai else why)
        self.why, self.ai = why, ai
