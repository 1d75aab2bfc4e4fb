"""URLs of servers, checked so that no part of a password can be taken for something else and shown.

A password with ``/``, ``#``, ``?`` or ``@`` that is not percent-encoded ends early, and the rest of it becomes a port,
a path or a host. So such a URL is refused, and errors show nothing of a URL but a host and a port that are valid.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from sansio_tl_transports.stores.errors import StoreError

_ALLOWED = re.compile(r"(?:[!-$&-~]|%(?!00)[0-9A-Fa-f]{2})+")
"""Visible ASCII; a percent sign begins an encoded byte, which is not NUL."""
_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}")
_PATH = re.compile(r"/[A-Za-z0-9._/-]{0,255}")


def check_url(url: object, kind: str, form: str) -> None:
    """Raise StoreError for a URL that can be understood in more than one way. The text has nothing of the URL."""
    if not _is_strict(url):
        raise invalid_url(kind, form)


def invalid_url(kind: str, form: str) -> StoreError:
    """The error for an invalid URL."""
    return StoreError(
        f"invalid URL of {kind}: expected {form}. Percent-encode what is special in the user name and the password, "
        "such as %40 for @, %2F for /, %23 for #, %3F for ? and %25 for %"
    )


def _is_strict(url: object) -> bool:
    if not isinstance(url, str) or not _ALLOWED.fullmatch(url) or "#" in url:
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    _, at, hosts = parts.netloc.rpartition("@")
    if url.count("@") != len(at):
        return False
    return all(_is_host_and_port(each) for each in hosts.split(",")) if hosts else True


def _is_host_and_port(text: str) -> bool:
    if text.startswith("["):
        host, closing, port = text[1:].partition("]")
        return bool(closing) and _is_ip(host, 6) and (not port or (port[0] == ":" and is_port(port[1:])))
    host, colon, port = text.partition(":")
    host = re.sub("%2[fF]", "/", host)  # a folder of sockets, in a URL of PostgreSQL
    return (is_host(host) or not host) and (not colon or is_port(port))


def is_host(text: object) -> bool:
    """Whether it is a host name, an IP address or the absolute path of a socket, and can be shown."""
    if not isinstance(text, str):
        return False
    labels = text.removesuffix(".").split(".")
    is_name = len(text) <= 253 and all(_LABEL.fullmatch(label) for label in labels)
    return is_name or bool(_PATH.fullmatch(text)) or _is_ip(text, 6)


def is_port(text: object) -> bool:
    """Whether it is the number of a port."""
    return bool(re.fullmatch("[0-9]{1,5}", str(text))) and 0 < int(str(text)) < 65536


def _is_ip(text: str, version: int) -> bool:
    try:
        return ipaddress.ip_address(text).version == version
    except ValueError:
        return False


def shown(host: object, port: object) -> str:
    """A host and a port for error messages; what is invalid is left out."""
    if isinstance(host, str) and _PATH.fullmatch(host):
        return host
    name = f"[{host}]" if is_host(host) and ":" in str(host) else str(host) if is_host(host) else "a host"
    return f"{name}:{port}" if is_port(port) else name
