"""Settings, all of them from the environment, each with its default and meaning (docs/operating.md lists them)."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

MAX_BODY = 1 << 20
"""Bytes of a JSON body, before and after gunzip."""
MAX_IMPORT = 32 << 20
"""Bytes of an import file."""


class BadSetting(Exception):
    """What is wrong with a setting, in a sentence."""


@dataclass(frozen=True)
class Settings:
    """What the environment says."""

    database_url: str
    data_dir: Path
    base_url: str | None
    demo: bool
    crash: str
    """Test only: `before-commit` or `after-commit` ends the process there (fault campaigns)."""

    @property
    def sqlite(self) -> bool:
        """Tell whether the embedded database is used."""
        return self.database_url.startswith("sqlite")


def from_environment(env: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings; a PostgreSQL URL of any common spelling becomes psycopg 3's. Raises BadSetting."""
    data_dir = Path(env.get("DATA_DIR", "var")).resolve()
    url = env.get("DATABASE_URL") or f"sqlite:///{data_dir / 'scanledger.db'}"
    for old in ("postgres://", "postgresql://"):
        if url.startswith(old):
            url = "postgresql+psycopg://" + url.removeprefix(old)
    if not url.startswith(("sqlite://", "postgresql+psycopg://")):
        kind = url.partition(":")[0][:40] if "://" in url else "something else"
        raise BadSetting(
            f"DATABASE_URL names a database of another kind ({kind!r}); only SQLite (sqlite:///FILE) and PostgreSQL "
            "(postgresql://USER:PASSWORD@HOST/NAME) are supported."
        )
    return Settings(
        database_url=url,
        data_dir=data_dir,
        base_url=env.get("BASE_URL") or None,
        demo=env.get("DEMO", "1") != "0",
        crash=env.get("SCANLEDGER_CRASH", ""),
    )
