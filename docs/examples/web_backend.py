"""Log in from a web page: begin in one HTTP request, finish in another, which another process may serve.

    POST /login              {"phone_number": "+1..."}       -> {"id": "...", "wanted": {"type": "code", ...}}
    POST /login/ID           {"code": "12345"}               -> the same, or {"user_id": 42}
    POST /login/ID           {"password": "..."}

Between two requests a log-in is a file: what the client knows (with its auth key) and where the flow stands. No code
and no password is ever in it. Run as many of these processes as you like on one directory:

    python web_backend.py DIRECTORY API_ID API_HASH [DATA_CENTER_HOST:PORT KEY.pem]
"""

import json
import os
import secrets
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec

from sansio_tl import ClientConfig, Config, auth
from sansio_tl.errors import LocalProtocolError, RpcError
from sansio_tl_transports.sync import open_client

MAX_BODY = 4096


class Backend:
    """The log-ins that are under way, one file each."""

    def __init__(self, config: ClientConfig, api_hash: str, directory: Path) -> None:
        self.config = config
        self.api_hash = api_hash
        self.directory = directory

    def begin(self, given: dict[str, str]) -> dict[str, Any]:
        """The first request: have a code sent."""
        api_id = self.config.connection_config.api_id
        flow = auth.log_in(given["phone_number"], api_id=api_id, api_hash=self.api_hash)
        return self._go_on(secrets.token_urlsafe(16), None, flow)

    def go_on(self, name: str, given: dict[str, str]) -> dict[str, Any]:
        """Another request: take the log-in up where it was left, and hand in what the person typed."""
        path = self._path(name)
        taken = path.with_suffix(".taken")
        path.rename(taken)  # two requests at once: the second finds nothing
        saved = json.loads(taken.read_text())
        flow: auth.PhoneCodeFlow[Any] = auth.PhoneCodeFlow.restore(saved["flow"])
        try:
            match flow.prompt:
                case auth.CodePrompt():
                    flow.enter_code(given["code"])
                case auth.PasswordPrompt():
                    flow.enter_password(given["password"], entropy=os.urandom)
                case auth.SignUpPrompt():
                    flow.sign_up(given["first_name"], given.get("last_name", ""))
            return self._go_on(name, saved["client"], flow)
        except Exception:
            if not path.exists():
                taken.rename(path)  # nothing has happened: the next try finds it as it was
            raise
        finally:
            taken.unlink(missing_ok=True)

    def _go_on(self, name: str, snapshot: dict[str, Any] | None, flow: auth.PhoneCodeFlow[Any]) -> dict[str, Any]:
        with open_client(self.config, snapshot) as account:
            account.run(flow)
            self._keep(name, {"client": account.snapshot(), "flow": flow.snapshot()})
        if flow.state == auth.DONE:
            return {"id": name, "user_id": flow.result.user.id}
        answer: dict[str, Any] = {"id": name, "wanted": msgspec.to_builtins(flow.prompt)}
        if flow.error is not None:
            answer["error"] = {"name": flow.error.name, "hint": flow.error.hint}
        return answer

    def _keep(self, name: str, saved: dict[str, Any]) -> None:
        path = self._path(name)
        with os.fdopen(os.open(path.with_suffix(".new"), os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
            json.dump(saved, file)
        path.with_suffix(".new").rename(path)

    def _path(self, name: str) -> Path:
        if not name.replace("-", "").replace("_", "").isalnum():
            raise FileNotFoundError
        return self.directory / f"{name}.json"


class Handler(BaseHTTPRequestHandler):
    """Two routes, JSON in and out."""

    backend: Backend

    def do_POST(self) -> None:
        """Begin a log-in, or go on with one."""
        try:
            size = min(int(self.headers.get("Content-Length", 0)), MAX_BODY)
            given = json.loads(self.rfile.read(size))
            match self.path.strip("/").split("/"):
                case ["login"]:
                    self._answer(200, self.backend.begin(given))
                case ["login", name]:
                    self._answer(200, self.backend.go_on(name, given))
                case _:
                    self._answer(404, {"error": "no such page"})
        except FileNotFoundError:
            self._answer(404, {"error": "no such log-in, or it is being gone on with"})
        except (ValueError, KeyError, TypeError, LocalProtocolError):
            self._answer(400, {"error": "that is not what is wanted"})
        except (RpcError, OSError, ConnectionError) as error:
            self._answer(502, {"error": str(error)})

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing: paths name log-ins."""


def main(directory: str, api_id: str, api_hash: str, address: str = "", key: str = "") -> None:
    """Serve until interrupted; prints the port."""
    if address:  # a data center of one's own
        host, port = address.rsplit(":", 1)
        config = ClientConfig.for_server(host, int(port), public_key=Path(key).read_text(), api_id=int(api_id))
    else:
        config = ClientConfig(connection_config=Config(api_id=int(api_id)))
    Handler.backend = Backend(config, api_hash, Path(directory))
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        print(server.server_port, flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
