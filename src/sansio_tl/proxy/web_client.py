"""The handshake with a WEB proxy: it finds out what the relay on a web site speaks, and opens a session.

    WebHandshake over the first connection                     then `web_carriers`, for the stream
    GET BASE?bridge=CAPABILITY   -> the page with a token      POST BASE api/v1/up     frames of the client
    POST BASE api/v1/session     -> a session, and its mode    POST BASE api/v1/down   waits for frames of the relay
    GET BASE api/v1/ws           -> 101, if it is WebSocket    WebSocket messages

That is what Telegram Desktop's page does in a browser. A relay without such a page may have the other interface, that
of Kurigram: POST BASE api/v1/session {"bridge": CAPABILITY}, then session/ID/up?seq= and session/ID/down?cursor=.

Needs h11 and wsproto (the extra `websocket`). Time and entropy are arguments.
"""

from __future__ import annotations

import json
import re
from typing import Final

from sansio_tl.entropy import Entropy
from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.framing.http11 import h11
from sansio_tl.framing.proxy_secret import ProxySecret
from sansio_tl.proxy.carrier import Carrier
from sansio_tl.proxy.handshake import ProxyError, ProxyHandshake
from sansio_tl.proxy.web_address import PORT, WebAddress
from sansio_tl.proxy.web_carriers import CURSOR, STEP, PollingCarrier, WebSocketCarrier
from sansio_tl.proxy.web_frames import VERSION, FrameType, WebFrame
from sansio_tl.proxy.web_polls import BridgePolls, HttpConnection, HttpRequest, HttpResponse, JsonPolls, Polls
from sansio_tl.proxy.web_socket import PROTOCOL, WebSocketBatches, is_accepted, make_nonce, upgrade_headers
from sansio_tl.proxy.web_streams import ClientStreams

_BOOTSTRAP: Final = re.compile(rb'bootstrap\s*=\s*"([A-Za-z0-9_-]{43})"')
_TOKEN: Final = re.compile(r"[A-Za-z0-9._~-]{1,256}")
_HELLO: Final = WebFrame(FrameType.HELLO, 0, VERSION).encode()


class WebHandshake(ProxyHandshake):
    """Opens a session over the first connection to the relay, after TLS. Then `carrier` continues with it.

    The answers of a site without a relay, and of a relay with another secret, are the same: a ProxyError.
    """

    after_tls = True

    def __init__(self, address: WebAddress, secret: ProxySecret, *, entropy: Entropy, port: int = PORT) -> None:
        super().__init__()
        self._step = f"{STEP} session"
        self._base = address.base
        self._host = address.host if port == PORT else f"{address.host}:{port}"
        self._capability = address.capability(secret)
        self._entropy = entropy
        self._http = HttpConnection(self._host)
        self._streams = ClientStreams(says_hello=False)
        self._on_answer = self._on_page
        self._token = ""
        self._nonce = b""
        self._cursor = "0"
        self._polls: Polls = JsonPolls(self._base, "")
        self._ask(HttpRequest("GET", f"{self._base}?bridge={self._capability}", [("Accept", "text/html")]))

    def _ask(self, what: HttpRequest) -> None:
        if not self._http.reusable:
            raise self._error("the relay closed the connection, or answers before it is asked")
        self._out += self._http.send(what)

    def _receive(self, data: bytes) -> None:
        if not data:
            return
        if self._out:
            raise self._error("the relay answers before it is asked")
        try:
            if (answer := self._http.receive(data)) is not None:
                self._on_answer(answer)
            if self._http.upgrade is not None:
                self._on_upgrade(self._http.upgrade)
        except ProxyError:
            raise
        except RemoteProtocolError as error:
            raise self._error(f"the answer is not that of a relay: {error}") from error

    def _on_page(self, answer: HttpResponse) -> None:
        found = _BOOTSTRAP.search(answer.body) if answer.status == 200 else None
        if found is None:
            body = json.dumps({"bridge": self._capability}).encode("ascii")
            self._on_answer = self._on_json_session
            self._ask(HttpRequest("POST", f"{self._base}api/v1/session", [("Content-Type", "application/json")], body))
            return
        headers = [
            ("Authorization", f"Bearer {found[1].decode('ascii')}"),
            ("Content-Type", "application/octet-stream"),
            ("Accept", "*/*"),
        ]
        self._on_answer = self._on_bridge_session
        self._ask(HttpRequest("POST", f"{self._base}api/v1/session", headers, _HELLO))

    def _on_bridge_session(self, answer: HttpResponse) -> None:
        token, mode = answer.header("x-session-token"), answer.header("x-carrier-mode") or "https"
        if answer.status != 200 or not _TOKEN.fullmatch(token):
            raise self._error(f"the relay opens no session: HTTP {answer.status}")
        self._streams.receive(answer.body)
        if mode == "https":
            cursor = answer.header("x-down-cursor") or "0"
            self._begin_polling(BridgePolls(self._base, token), _checked(cursor))
        elif mode == "websocket":
            self._token = PROTOCOL + token
            self._nonce = make_nonce(self._entropy)
            self._on_answer = self._on_no_upgrade
            self._ask(HttpRequest("GET", f"{self._base}api/v1/ws", upgrade_headers(self._nonce, self._token)))
        else:
            raise self._error(f"the relay has another way to carry frames: {mode[:32]!a}")

    def _on_no_upgrade(self, answer: HttpResponse) -> None:
        raise self._error(f"the relay opens no WebSocket: HTTP {answer.status}")

    def _on_upgrade(self, head: h11.InformationalResponse) -> None:
        if not self._token or not is_accepted(head, self._nonce, self._token):
            raise self._error("the relay opens another WebSocket than was asked for")
        carrier = WebSocketCarrier(self._streams, WebSocketBatches(self._http.trailing, self._entropy))
        self._finish(carrier)
        carrier.read()

    def _on_json_session(self, answer: HttpResponse) -> None:
        if answer.status != 200:
            raise self._error(f"no relay answers here with this secret: HTTP {answer.status}")
        try:
            session = json.loads(answer.body)
            session_id, cursor = session["id"], session.get("cursor", 0)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise self._error("the relay opens a session without an id") from None
        if not isinstance(session_id, str) or not _TOKEN.fullmatch(session_id):
            raise self._error("the relay opens a session with an invalid id")
        self._cursor = _checked(str(cursor))
        self._polls = JsonPolls(self._base, session_id)
        self._on_answer = self._on_hello
        self._ask(self._polls.up(0, _HELLO))

    def _on_hello(self, answer: HttpResponse) -> None:
        if not self._polls.is_accepted(0, answer):
            raise self._error(f"the relay rejects HELLO: HTTP {answer.status}")
        self._on_answer = self._on_welcome
        self._ask(self._polls.down(self._cursor))

    def _on_welcome(self, answer: HttpResponse) -> None:
        if answer.status == 204:
            self._ask(self._polls.down(self._cursor))
            return
        if answer.status != 200:
            raise self._error(f"the relay does not answer HELLO: HTTP {answer.status}")
        self._streams.receive(answer.body)
        self._begin_polling(self._polls, _checked(self._polls.cursor(answer)), 1)

    def _begin_polling(self, polls: Polls, cursor: str, number: int = 1) -> None:
        self._finish(PollingCarrier(self._streams, polls, self._host, self._http, number, cursor))

    def _finish(self, carrier: Carrier) -> None:
        if not self._streams.welcomed:
            raise self._error("the relay does not answer HELLO")
        self.carrier = carrier
        self.done = True


def _checked(cursor: str) -> str:
    if not CURSOR.fullmatch(cursor):
        raise ProxyError(f"{STEP} session", "the relay gives an invalid cursor")
    return cursor
