"""What makers call the symbologies, in AIM's words: a reader that puts no AIM id in front may name what it read instead. Pure.

A name decides only where the code alone means nothing or two things: names are set by hand in shell apps, and digits aren't.
Source: Zebra's `LABEL-TYPE-...`, Honeywell's and Datalogic's names, zxing's formats.
"""

from app.products import codes

_AIM = {
    "]C1": "GS1128 EAN128 UCCEAN128 UCC128 GS1CODE128",
    "]e0": "GS1DATABAR GS1DATABARLIM GS1DATABARLIMITED GS1DATABAREXP GS1DATABAREXPANDED DATABAR DATABARLIMITED DATABAREXPANDED "
    "RSS14 RSSLIMITED RSSEXPANDED",
    "]d2": "GS1DATAMATRIX",
    "]Q3": "GS1QRCODE GS1QR",
    "]E4": "EAN8 JAN8",
    "]E0": "UPCE UPCE0 UPCE1",
}
_BY_NAME = {name: aim for aim, names in _AIM.items() for name in names.split()}


def marked(code: str | None, symbology: str | None) -> str | None:
    """Return the code with the AIM id in front that its symbology's name stands for; None where that adds nothing."""
    if code is None or symbology is None:
        return None
    name = "".join(c for c in symbology.upper() if c.isalnum()).removeprefix("LABELTYPE")
    aim = _BY_NAME.get(name)
    return None if aim is None or codes.split_aim(code)[0] is not None else aim + code
