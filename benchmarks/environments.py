"""An environment for each peer: a virtual environment or a node directory, created when it is first needed.

Kurigram and Pyrogram are both the package `pyrogram`, so they could not share one. Everything is in benchmarks/.peers
and may be deleted.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tarfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

HERE = Path(__file__).resolve().parent
PEERS = HERE / "peers"
PLACES = HERE / ".peers"
COMPILED = Path(os.environ.get("COMPILED", HERE.parent / ".venv-compiled")) / "bin" / "python"
"""Where `make compiled` installs our own compiled engine."""
OURS = "sansio_tl"
CODEC = "sansio_tl_c"
"""Ours with the compiled codec."""
LIMIT = "msgpack"
FLOOR = "floor"
"""No codec: the objects of a value are created, and nothing else is done."""


class Unavailable(Exception):
    """A peer cannot run here; the text is the reason."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A library that is measured, and how it is installed."""

    name: str
    title: str
    script: str
    packages: tuple[str, ...] = ()
    """What pip or npm installs, with versions. None: it runs in our own environment."""
    overrides: tuple[tuple[str, str], ...] = ()
    """npm: versions to use in place of those that a package asks for."""
    note: str = ""
    source: str = ""
    """Path of the schema within its source distribution, for a peer that does not install its schema."""
    compiled: bool = False
    """Whether it runs in the environment of our compiled engine."""
    codec: bool = False
    """Whether it is our own wheel, built with the compiled codec."""
    extension: str = ""
    """A C file beside the script: an extension module for it, compiled for the Python that runs this."""

    @property
    def on_node(self) -> bool:
        return self.script.endswith("cjs")

    @property
    def in_rust(self) -> bool:
        """Whether `script` is the directory of a program that cargo builds."""
        return self.script == "grammers"

    @property
    def place(self) -> Path:
        return PLACES / self.name

    @property
    def installed(self) -> bool:
        """Whether the installed packages are the current ones."""
        stamp = self.place / "stamp"
        return not (self.packages or self.extension) or (stamp.is_file() and stamp.read_text() == self._expected)

    @property
    def _expected(self) -> str:
        tree = HERE.parent / "src" if self.codec else PEERS / self.script if self.in_rust else None
        files = sorted(tree.rglob("*.[cpr][ys]*")) + sorted(tree.rglob("*.c")) if tree is not None else []
        files += [PEERS / self.extension] if self.extension else []
        digest = sha256(b"".join(file.read_bytes() for file in files if file.is_file())).hexdigest() if files else ""
        return f"{self.packages} {self.overrides} {sys.version} {digest}"

    def install(self) -> None:
        """Create the peer's environment, unless it exists. Raises Unavailable."""
        if self.installed:
            return
        shutil.rmtree(self.place, ignore_errors=True)
        self.place.mkdir(parents=True)
        try:
            if self.on_node:
                self._install_node()
            elif self.in_rust:
                self._install_rust()
            elif self.extension:
                compile_extension(PEERS / self.extension, self._library)
            else:
                self._install_python()
        except subprocess.CalledProcessError as error:
            last = (error.stderr or error.stdout or "").strip().splitlines()[-1:] or [""]
            raise Unavailable(f"{Path(error.cmd[0]).name} failed: {last[0][:200]}") from None
        except FileNotFoundError as error:
            raise Unavailable(f"{error.filename} does not exist") from None
        except subprocess.TimeoutExpired:
            raise Unavailable("installing it took too long") from None
        (self.place / "stamp").write_text(self._expected)

    def command(self, *arguments: str) -> tuple[list[str], Path]:
        """The command that starts the peer's program, and its working directory."""
        script = str(PEERS / self.script)
        if self.on_node:
            return ["node", "--expose-gc", script, *arguments], self.place
        if self.in_rust:
            return [str(self.place / "target" / "release" / "grammers_peer"), *arguments], self.place
        if self.compiled and not COMPILED.exists():
            raise Unavailable(f"{COMPILED} does not exist: run `make compiled`")
        if self.extension:
            arguments = (str(self._library), *arguments)
        python = self.place / "venv" / "bin" / "python" if self.packages else sys.executable
        return [str(COMPILED if self.compiled else python), script, *arguments], HERE.parent

    def schema(self) -> str | None:
        """The text of the schema that the peer was generated from; None if it does not come with it."""
        if self.on_node:
            command, place = self.command("schema")
            return _run(command, place)
        if self.in_rust:
            return self._crate_schema()
        if not self.source:
            return None
        text = self.place / "schema.tl"
        if not text.is_file():
            text.write_text(self._from_source(), encoding="utf-8")
        return text.read_text(encoding="utf-8")

    def _install_python(self) -> None:
        _run([sys.executable, "-m", "venv", str(self.place / "venv")], HERE)
        _run([*self._pip, "install", *self.packages], HERE, **({"SANSIO_TL_COMPILE": "codec"} if self.codec else {}))

    def _install_node(self) -> None:
        wanted = dict(package.rsplit("@", 1) for package in self.packages)
        package = {"private": True, "dependencies": wanted, "overrides": dict(self.overrides)}
        (self.place / "package.json").write_text(json.dumps(package))
        _run(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts"], self.place)

    def _install_rust(self) -> None:
        _run(
            ["cargo", "build", "--quiet", "--release", "--target-dir", str(self.place / "target")], PEERS / self.script
        )

    @property
    def _library(self) -> Path:
        return (self.place / self.extension).with_suffix(".so")

    def _crate_schema(self) -> str:
        about = json.loads(_run(["cargo", "metadata", "--format-version", "1"], PEERS / self.script))
        manifests = {package["name"]: Path(package["manifest_path"]) for package in about["packages"]}
        return (manifests[self.packages[0].partition("@")[0]].parent / "tl" / "api.tl").read_text(encoding="utf-8")

    def _from_source(self) -> str:
        sources = self.place / "source"
        try:
            _run(
                [*self._pip, "download", "--no-deps", "--no-binary", ":all:", "-d", str(sources), *self.packages[:1]],
                HERE,
            )
        except subprocess.CalledProcessError as error:
            raise Unavailable(f"its source distribution is not available: {error.stderr[-200:]}") from None
        with tarfile.open(next(sources.glob("*.tar.gz"))) as archive:
            root = archive.getnames()[0].partition("/")[0]
            member = archive.extractfile(f"{root}/{self.source}")
            if member is None:
                raise Unavailable(f"there is no {self.source} in its source distribution")
            return member.read().decode()

    @property
    def _pip(self) -> list[str]:
        python = self.place / "venv" / "bin" / "python"
        return [str(python), "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input"]


def _run(command: list[str], place: Path, **variables: str) -> str:
    environment = {**os.environ, **variables}
    done = subprocess.run(command, cwd=place, env=environment, check=True, capture_output=True, text=True, timeout=1200)
    return done.stdout


def compile_extension(source: Path, library: Path, *options: str) -> None:
    """Compile an extension module as those of this Python are, with more options. Raises Unavailable."""
    words = [sysconfig.get_config_var(name) or "" for name in ("LDSHARED", "CFLAGS", "CCSHARED")]
    if not words[0]:
        raise Unavailable(f"{source.name}: this Python does not tell how extension modules are compiled")
    command = [part for word in words for part in shlex.split(word)]
    headers = sysconfig.get_path("include")
    command += ["-Wall", "-Wextra", "-isystem", headers, *options, str(source), "-o", str(library)]
    try:
        _run(command, HERE)
    except FileNotFoundError as error:
        raise Unavailable(f"{source.name} needs a C compiler: {error.filename} does not exist") from None
    except subprocess.CalledProcessError as error:
        first = next((line for line in error.stderr.splitlines() if "error" in line), error.stderr)
        raise Unavailable(f"{source.name} needs a C compiler and Python's headers: {first[:200]}") from None


ALL = (
    Peer(OURS, "sansio_tl", "ours_peer.py"),
    Peer(CODEC, "sansio_tl, codec in C", "ours_peer.py", (str(HERE.parent), "cryptg>=0.5"), codec=True),
    Peer(FLOOR, "floor", "floor_peer.py", note="no codec: creates the objects, copies the bytes", extension="floor.c"),
    Peer("telethon", "Telethon", "telethon_peer.py", ("telethon==1.45.0",)),
    Peer("kurigram", "Kurigram", "pyrogram_peer.py", ("kurigram==2.2.26",)),
    Peer("pyrogram", "Pyrogram", "pyrogram_peer.py", ("pyrogram==2.0.106",), source="compiler/api/source/main_api.tl"),
    Peer("gramjs", "GramJS", "gramjs_peer.cjs", ("telegram@2.26.22",)),
    Peer(
        "mtcute",
        "mtcute",
        "mtcute_peer.cjs",
        ("@mtcute/tl@223.0.0", "@mtcute/tl-runtime@0.31.0"),
        (("@fuman/utils", "0.0.20"),),
        note="with @fuman/utils 0.0.20: the 0.0.21 that it asks for is not in every registry",
    ),
    Peer(
        "grammers", "grammers", "grammers", ("grammers-tl-types@0.11.0",), note="in Rust: values are no Python objects"
    ),
    Peer(LIMIT, "msgspec MessagePack", "msgspec_peer.py", note="another format: the same shapes, in C throughout"),
)
