"""`python fetch_uv.py FOLDER`: the pinned uv, where Python came without pip (Debian and Ubuntu without python3-venv).

Takes the wheel for this machine from the package index that PIP_INDEX_URL names, accepts it only with a hash from
requirements-uv.txt, and unpacks its program to FOLDER/bin/uv. Needs the standard library alone.
"""

import hashlib
import io
import os
import platform
import re
import sys
import urllib.request
import zipfile
from pathlib import Path
from urllib.parse import urljoin

LOCK = Path(__file__).resolve().parent.parent / "requirements-uv.txt"


def read(url: str, accept: str = "*/*") -> bytes:
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept": accept}), timeout=60) as answer:  # noqa: S310 - the index is the operator's choice
        content: bytes = answer.read()
        return content


def suits(name: str, system: str, machine: str, libc: str) -> bool:
    """Whether this wheel is for such a machine."""
    kind = {"Darwin": "macosx", "Linux": "manylinux" if libc == "glibc" else "musllinux"}.get(system, system)
    return kind in name and name.endswith(f"_{machine}.whl")


def wheel_address(index: str, version: str) -> str:
    page = f"{index.rstrip('/')}/uv/"
    here = platform.system(), platform.machine(), platform.libc_ver()[0]
    for link in re.findall(r'href="([^"]+)"', read(page, "text/html").decode()):
        address: str = urljoin(page, link).partition("#")[0]
        name = address.rpartition("/")[2]
        if name.startswith(f"uv-{version}-") and suits(name, *here):
            return address
    raise SystemExit(f"{index} has no uv {version} for {' '.join(here)}")


def main(folder: Path) -> None:
    lock = LOCK.read_text()
    version = re.search(r"^uv==(\S+)", lock, re.MULTILINE)
    assert version, LOCK  # noqa: S101 - a lock without uv is a broken checkout
    index = os.environ.get("PIP_INDEX_URL")
    if not index:
        raise SystemExit(
            "this Python came without pip: install it (Debian, Ubuntu: apt install python3-venv), "
            "or set PIP_INDEX_URL to a package index"
        )
    wheel = read(wheel_address(index, version[1]))
    if hashlib.sha256(wheel).hexdigest() not in lock:
        raise SystemExit("the hash of the uv that the index delivered is not the one in requirements-uv.txt")
    program = folder / "bin" / "uv"
    program.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/scripts/uv"))
        program.write_bytes(archive.read(name))
    program.chmod(0o755)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
