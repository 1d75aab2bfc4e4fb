"""The environments of the third-party clients, one each, below .cache/peers.

    python -m tests.interop.client_environments            make those that are missing (make interop-deps)

Pyrogram and most of its forks are the package `pyrogram`, so they could not share one. Everything may be deleted.
Telethon is one of our own test dependencies and needs no place.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLACES = ROOT / ".cache" / "peers"
PROGRAMS = Path(__file__).resolve().parent / "programs"


@dataclass(frozen=True, slots=True)
class Place:
    """The environment of one client."""

    name: str
    program: str
    packages: tuple[str, ...] = ()
    """What pip or npm installs, with versions; nothing: it runs in our own environment."""

    @property
    def on_node(self) -> bool:
        return not self.program.endswith(".py")

    @property
    def directory(self) -> Path:
        return PLACES / self.name if self.packages else ROOT

    @property
    def ready(self) -> bool:
        """Whether everything is there, in the version that we want now."""
        stamp = self.directory / "stamp"
        return not self.packages or (stamp.is_file() and stamp.read_text() == self._wanted)

    def command(self, *arguments: str) -> list[str]:
        """How to start the client's program, in its directory."""
        interpreter = "node" if self.on_node else str(self._python) if self.packages else sys.executable
        return [interpreter, str(PROGRAMS / self.program), *arguments]

    def make(self) -> None:
        """Install it. Raises CalledProcessError or FileNotFoundError with what failed."""
        if self.ready:
            return
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        if self.on_node:
            self._make_on_node()
        else:
            self._make_on_python()
        (self.directory / "stamp").write_text(self._wanted)

    @property
    def _wanted(self) -> str:
        return f"{self.packages} {sys.version}"

    @property
    def _python(self) -> Path:
        return self.directory / "venv" / ("Scripts" if sys.platform == "win32" else "bin") / "python"

    def _make_on_python(self) -> None:
        pip = (str(self._python), "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input")
        _run(sys.executable, "-m", "venv", "venv", place=self.directory)
        _run(*pip, "install", *self.packages, place=self.directory)

    def _make_on_node(self) -> None:
        package = {"private": True, "dependencies": dict(package.rsplit("@", 1) for package in self.packages)}
        (self.directory / "package.json").write_text(json.dumps(package))
        _run("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", place=self.directory)


def _run(*command: str, place: Path) -> None:
    subprocess.run(command, cwd=place, check=True, timeout=900)


TELETHON = Place("telethon", "be_telethon.py")
TELETHON_160 = Place("telethon-1.29.3", "be_telethon.py", ("telethon==1.29.3",))
TELETHON_214 = Place("telethon-1.41.2", "be_telethon.py", ("telethon==1.41.2",))
KURIGRAM = Place("kurigram", "be_pyrogram.py", ("kurigram==2.2.26",))
PYROGRAM = Place("pyrogram", "be_pyrogram.py", ("pyrogram==2.0.106",))
GRAMJS = Place("gramjs", "be_gramjs.cjs", ("telegram@2.26.22",))
MTCUTE = Place("mtcute", "be_mtcute.mjs", ("@mtcute/node@0.30.3", "node-sqlite3-wasm@0.8.60"))
TDLIB = Place("tdlib", "be_tdlib.py", ("tdjson==1.8.69",))
OLDER_TDLIB = Place("tdlib-1.8.47", "be_tdlib.py", ("tdjson==1.8.47",))
HYDROGRAM = Place("hydrogram", "be_pyrogram.py", ("hydrogram==0.2.0",))
WPYROGRAM = Place("wpyrogram", "be_pyrogram.py", ("wpyrogram==2.0.154",))
PYROFORK = Place("pyrofork", "be_pyrogram.py", ("pyrofork==2.3.69",))
ASTRALIX = Place("astralix", "be_telethon.py", ("astralix-tl==1.46.0",))
GRAMFLUX = Place("gramflux", "be_gramflux.py", ("gramflux==0.5.0a1",))
TELECRAFT = Place("telecraft", "be_telecraft.py", ("telecraft==0.2.3",))
ALL = (
    TELETHON,
    TELETHON_160,
    TELETHON_214,
    KURIGRAM,
    PYROGRAM,
    GRAMJS,
    MTCUTE,
    TDLIB,
    OLDER_TDLIB,
    HYDROGRAM,
    WPYROGRAM,
    PYROFORK,
    ASTRALIX,
    GRAMFLUX,
    TELECRAFT,
)


def main() -> int:
    """Make every place that is missing, as far as that is possible here."""
    failed = False
    for place in ALL:
        try:
            place.make()
        except (OSError, subprocess.SubprocessError) as error:
            failed = True
            print(f"{place.name}: {error}", file=sys.stderr)
        else:
            print(f"{place.name}: {place.directory}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
