"""Moments on the wire and inside."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import times

ZONES = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(
    st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 28), timezones=st.none()),
    ZONES,
    st.sampled_from(["", "milliseconds", "microseconds"]),
)
def test_every_moment_is_read_to_the_millisecond(moment: datetime, zone: timezone, spec: str) -> None:
    aware = moment.replace(tzinfo=zone)
    text = aware.isoformat(timespec=spec) if spec else aware.replace(microsecond=0).isoformat()
    wanted = (aware if spec else aware.replace(microsecond=0)) - datetime(1970, 1, 1, tzinfo=UTC)
    assert times.parse(text) == wanted // timedelta(milliseconds=1)


@given(st.integers(-62_135_510_400_000, 253_402_214_400_000))
def test_what_is_written_is_read_again(ms: int) -> None:
    assert times.parse(times.wire(ms)) == ms


@pytest.mark.parametrize(
    "text",
    [
        "", "now", "2026-11-22", "2026-11-22T07:04:05", "2026-11-22T07:04Z", "2026-11-22T07:04:60Z", "2026-11-22T07:04:60.000Z", "2026-13-22T07:04:05Z",
        "2026-02-29T07:04:05.123Z", "2026-11-22T24:04:05.123Z", "2026-11-22T07:61:05.123Z", "2026-11-22T07:04:05.1234567Z", "2026-11-22T07:04:05.123z ",
        "２026-11-22T07:04:05.123Z", "2026-11-22T07:04:0５.123Z", "2026-11-22T07:04:05.12 Z", "2026-11-22T07:04:05,123Z", "2026-11-22 07:04:05.123Z",
        "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-11-22T07:04:05+24:00", "2026-11-22T07:04:+5.123Z", "2026-11-22T07:04:-1.123Z",
    ],
)  # fmt: skip
def test_what_is_no_moment_is_told(text: str) -> None:
    with pytest.raises(ValueError):
        times.parse(text)
