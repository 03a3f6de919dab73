"""Install Debian's packages that tests and campaigns need, where that is allowed."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path


class Missing(Exception):
    """What is missing, and what to do about it."""


def provide(packages: Mapping[str, str]) -> None:
    """Make sure of packages, each told by a file that it brings; raises Missing where one can't be installed."""
    missing = _missing(packages)
    if not missing:
        return
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        raise Missing(f"missing and can't be installed from here; install them: sudo apt-get install {' '.join(missing)}")
    print(f"    installing {' and '.join(missing)} ...", flush=True)
    quietly = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for deed in (["update", "-q"], ["install", "-y", "-q", "--no-install-recommends", *missing]):
        if code := subprocess.run([apt, *deed], env=quietly, check=False).returncode:
            raise Missing(f"apt-get {deed[0]} ended with {code}; missing: {' '.join(missing)}")
    if still := _missing(packages):
        raise Missing(f"still missing: {' '.join(still)}")


def _missing(packages: Mapping[str, str]) -> list[str]:
    return [package for package, file in packages.items() if not Path(file).exists()]
