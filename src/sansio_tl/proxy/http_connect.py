"""HTTP CONNECT, through h11 (the extra `http`).

    CONNECT 149.154.167.51:443 HTTP/1.1         HTTP/1.1 200 Connection established
    Host: 149.154.167.51:443
    Proxy-Authorization: Basic ...              (the stream)

Host names are sent unresolved; the proxy looks them up. Any 2xx status means that the tunnel is open. RFC 9110, 9.3.6;
RFC 7617
"""

from __future__ import annotations

import base64
from typing import Final

from sansio_tl.errors.protocol import LocalProtocolError, RemoteProtocolError
from sansio_tl.framing.http11 import Headers, Responses, h11, request
from sansio_tl.proxy.handshake import ProxyError, ProxyHandshake, check_credentials, check_target

_AUTHENTICATION_REQUIRED: Final = 407


class HttpConnectHandshake(ProxyHandshake):
    """The handshake with an HTTP proxy."""

    def __init__(self, host: str, port: int, *, username: str = "", password: str = "") -> None:
        """`host` is a name or an address of the data center. Raises LocalProtocolError for a target that HTTP cannot
        express.
        """
        super().__init__()
        check_credentials(username, password)
        self._step = "HTTP CONNECT"
        self._http = h11.Connection(h11.CLIENT)
        self._responses = Responses(self._http)
        host, port = check_target(host, port)
        target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        headers: Headers = [("Host", target)]
        if username:
            headers.append(("Proxy-Authorization", _basic(username, password)))
        self._out = request(self._http, "CONNECT", target, headers)

    def _receive(self, data: bytes) -> None:
        if not data:
            return
        self._http.receive_data(data)
        head = self._read_head()
        if head is None:
            return
        if self._http.their_state is not h11.SWITCHED_PROTOCOL:
            raise self._rejection(head)
        self.done = True
        self.leftover = self._http.trailing_data[0]

    def _read_head(self) -> h11.Response | None:
        try:
            while (event := self._responses.read_event()) is not None:
                if isinstance(event, h11.Response):
                    return event
        except RemoteProtocolError as error:
            raise self._error("the proxy does not speak HTTP") from error
        return None

    def _rejection(self, head: h11.Response) -> ProxyError:
        if head.status_code == _AUTHENTICATION_REQUIRED:
            self._step = "HTTP CONNECT authentication"
        # The reason is shown in logs and on terminals: no control characters.
        reason = head.reason.decode("latin-1").encode("unicode_escape").decode("ascii")
        return self._error(f"{head.status_code} {reason}".rstrip())


def _basic(username: str, password: str) -> str:
    if ":" in username:
        raise LocalProtocolError("invalid proxy user name: HTTP Basic authentication allows no colon in it")
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode("ascii")
