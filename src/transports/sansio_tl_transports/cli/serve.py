"""What `sansio-tl serve` does: serves the embedded data center and prints its events.

The command itself, with its options, is declared in commands.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import re
import signal
import ssl
import tempfile
import time
from collections import ChainMap
from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from pathlib import Path
from typing import TextIO, cast

from sansio_tl import Schema, SchemaError
from sansio_tl.errors import LocalProtocolError
from sansio_tl.framing import ProxySecret
from sansio_tl.testing import DataCenter, DataCenterConfig, DataCenterEvent
from sansio_tl.testing.events import RequestServed
from sansio_tl.trace import Tracer
from sansio_tl_transports._shared.files import write_whole
from sansio_tl_transports._shared.seeded_entropy import seeded
from sansio_tl_transports.asyncio import serve
from sansio_tl_transports.cli.certificate import make_certificate
from sansio_tl_transports.cli.line_writer import LineWriter
from sansio_tl_transports.cli.next_steps import ADAPTERS
from sansio_tl_transports.cli.serve_output import Instructions, JsonOutput, Listening, ServeOutput, TextOutput, entry_of
from sansio_tl_transports.cli.terminal import Failure, print_error
from sansio_tl_transports.layers import LayerSchemas

_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/\sA-Z]+")


@dataclass(frozen=True, slots=True)
class AccountOption:
    """An account of the option --account."""

    phone_number: str = field(repr=False)
    password: str | None = field(repr=False)
    dc_id: int | None = None
    """The home data center; None for the first one."""

    @classmethod
    def parse(cls, text: str) -> AccountOption:
        """``NUMBER``, ``NUMBER:PASSWORD``, ``NUMBER@DC`` or ``NUMBER@DC:PASSWORD``. Raises ValueError."""
        before, _, password = text.partition(":")
        phone_number, at, home = before.partition("@")
        if at and not (home.isascii() and home.isdecimal()):
            raise ValueError("--account: expected the number of a data center after @, as in NUMBER@4")
        return cls(phone_number, password or None, int(home) if at else None)


def read_schemas(paths: Iterable[Path]) -> Mapping[int, Schema]:
    """The schemas of other layers, by layer: these files, and what the package has. Raises ValueError for a file with
    an invalid schema or one without a layer.
    """
    schemas: dict[int, Schema] = {}
    for path in paths:
        try:
            parsed = Schema.parse(path.read_text(encoding="utf-8"))
        except (SchemaError, UnicodeDecodeError) as error:
            raise ValueError(f"--schema {path}: {error}") from None
        if parsed.layer is None:
            raise ValueError(f"--schema {path}: it has no line // LAYER n")
        schemas[parsed.layer] = parsed
    return ChainMap(schemas, cast("MutableMapping[int, Schema]", LayerSchemas()))


def read_secrets(texts: Iterable[str]) -> tuple[ProxySecret, ...]:
    """The secrets of an MTProxy, in any encoding. Raises ValueError for an invalid one."""
    try:
        return tuple(ProxySecret.parse(text) for text in texts)
    except LocalProtocolError as error:
        raise ValueError(f"--proxy-secret: {error}") from None


def read_origins(texts: Iterable[str]) -> frozenset[str] | None:
    """Allowed origins, as browsers send them; None for all. Raises ValueError for an invalid origin."""
    given = frozenset(texts)
    for text in given - {"*", "null"}:
        if not _ORIGIN.fullmatch(text):
            expected = "expected scheme://host or scheme://host:port in lower case"
            raise ValueError(f"--allow-origin: invalid origin {text!a}: {expected}")
    return None if "*" in given else given


def open_data_centers(
    configs: Sequence[DataCenterConfig],
    accounts: Iterable[AccountOption],
    seed: str | None,
    bots: Iterable[str] = (),
    *,
    make_tracer: Callable[[str], Tracer] | None = None,
) -> list[DataCenter]:
    """Data centers of one cluster and one key, with these accounts; bots are at the first.

    `make_tracer` makes a tracer for each, by its name. Raises ValueError for an invalid or repeated number, of a data
    center too.
    """
    entropy = os.urandom if seed is None else seeded(seed)
    tracers = [None if make_tracer is None else make_tracer(f"data center {config.dc_id}") for config in configs]
    first = DataCenter(configs[0], entropy=entropy, now=time.time(), tracer=tracers[0])
    data_centers = {first.config.dc_id: first}
    for each, tracer in zip(configs[1:], tracers[1:], strict=True):
        config = replace(each, private_key=first.private_key)
        try:
            data_center = DataCenter(config, cluster=first.cluster, entropy=entropy, now=time.time(), tracer=tracer)
        except LocalProtocolError as error:
            raise ValueError(f"--dc-id: {error}") from None
        data_centers[config.dc_id] = data_center
    for account in accounts:
        home = data_centers.get(first.config.dc_id if account.dc_id is None else account.dc_id)
        if home is None:
            raise ValueError(f"--account: data center {account.dc_id} is not served: add --dc-id {account.dc_id}")
        try:
            home.add_account(account.phone_number, password=account.password)
        except LocalProtocolError as error:
            raise ValueError(f"--account: {error}") from None
    for token in bots:
        try:
            first.add_bot(token)
        except LocalProtocolError as error:
            raise ValueError(f"--bot: {error}") from None
    return list(data_centers.values())


@dataclass(frozen=True, slots=True)
class ListenOptions:
    """Addresses to listen on."""

    host: str
    port: int
    """That of the first data center; the others listen on the following ones, or on free ones if it is 0."""
    tls_port: int | None = None
    """Port with TLS, for wss; None for none. For further data centers as `port`."""
    certificate: Path | None = None
    """File for the certificate of that port, which is made at start."""

    def ports(self, index: int) -> tuple[int, int | None]:
        """The port and the TLS port of the data center with this index."""
        tls_port = self.tls_port + index if self.tls_port else self.tls_port
        return self.port + index if self.port else 0, tls_port

    def tls(self) -> ssl.SSLContext | None:
        """A context with a new key pair; None without TLS. Raises Failure when the certificate cannot be written."""
        if self.tls_port is None:
            return None
        certificate, key = make_certificate(self.host)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.NamedTemporaryFile(prefix="sansio-tl") as both:  # mode 0600; ssl reads files only
            both.write(certificate + key)
            both.flush()
            context.load_cert_chain(both.name)
        if self.certificate is not None:
            write_file(self.certificate, certificate)
        return context


def run(
    data_centers: Sequence[DataCenter],
    listen: ListenOptions,
    public_key: Path | None,
    *,
    verbose: bool,
    record: Path | None = None,
    number: str | None = None,
    adapter: str = ADAPTERS[0],
    as_json: bool = False,
) -> None:
    """Serve until SIGINT or SIGTERM. Raises Failure when a port or a file is not available.

    Appends every executed request to the file `record`, a JSON object a line. Without `public_key` the key is in a
    temporary file until the end. `number` and `adapter` are those of `Instructions`; `as_json` prints objects.
    """
    with contextlib.ExitStack() as stack:
        if public_key is None:
            public_key = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sansio-tl-"))) / "dc.pem"
        write_file(public_key, data_centers[0].public_key.to_pem().encode("ascii"))
        instructions = Instructions(public_key, number, adapter)
        recorded = None if record is None else stack.enter_context(contextlib.closing(RequestRecord(record)))
        kind = JsonOutput if as_json else TextOutput
        output = kind(stack.enter_context(LineWriter(kind.dropped)).write, verbose=verbose)
        asyncio.run(_serve(data_centers, listen, instructions, output, recorded))


class RequestRecord:
    """A file to which executed requests are appended, a JSON object a line."""

    def __init__(self, path: Path) -> None:
        """Raises Failure when the file cannot be opened."""
        self._path = path
        try:
            self._file: TextIO | None = path.open("a", encoding="ascii", buffering=1)
        except OSError as error:
            raise Failure(f"cannot write {path}: {error.strerror}") from error

    def write(self, event: RequestServed) -> None:
        """Append a request. When that is impossible, standard error says so, and nothing is recorded any more."""
        if self._file is None:
            return
        try:
            self._file.write(entry_of(event, time.time()) + "\n")
        except OSError as error:
            print_error(f"cannot write {self._path}: {error.strerror}. No requests are recorded any more")
            self.close()

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            with contextlib.suppress(OSError):  # reported already
                self._file.close()
            self._file = None


def write_file(path: Path, content: bytes) -> None:
    """Write a public file. Raises Failure if that is impossible."""
    try:
        write_whole(path, content, 0o644)
    except OSError as error:
        raise Failure(f"cannot write {path}: {error.strerror}") from error


async def _serve(
    data_centers: Sequence[DataCenter],
    listen: ListenOptions,
    instructions: Instructions,
    output: ServeOutput,
    record: RequestRecord | None,
) -> None:
    all_listening: list[Listening] = []
    tls = listen.tls()
    over = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C raises KeyboardInterrupt instead
            asyncio.get_running_loop().add_signal_handler(number, over.set)

    def report(event: DataCenterEvent) -> None:
        output.event(event)
        if record is not None and isinstance(event, RequestServed):
            record.write(event)

    async with contextlib.AsyncExitStack() as stack:
        for index, data_center in enumerate(data_centers):
            port, tls_port = listen.ports(index)
            try:
                server = await stack.enter_async_context(
                    serve(data_center, listen.host, port, on_event=report, tls=tls, tls_port=tls_port or 0)
                )
            except OSError as error:
                ports = f"port {port}" if tls_port is None else f"ports {port} and {tls_port}"
                in_use = error.errno == errno.EADDRINUSE  # asyncio repeats the address in its text
                reason = "another program uses it; --port 0 takes a free one" if in_use else error.strerror
                raise Failure(f"cannot listen on {listen.host} {ports}: {reason}") from error
            data_center.announce(*server.address)
            if index == 0 and not is_loopback(server.address[0]):
                print_error(
                    f"warning: {server.address[0]} can be reached from other machines. This is a test data center: it"
                    " prints every code, and accepts every client. Serve on 127.0.0.1 unless you need this"
                )
            all_listening.append(Listening(data_center, server))
            output.listening(all_listening[-1])
        output.ready(all_listening, instructions)
        await over.wait()
    output.closed()


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address that a socket listens on."""
    return ip_address(host.partition("%")[0]).is_loopback
