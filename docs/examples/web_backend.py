"""Log in from a web page: each step is an HTTP request, which any process can handle.

    POST /login              {"phone_number": "+1..."}       -> {"id": "...", "prompt": {"type": "code", ...}}
    POST /login/ID           {"code": "12345"}               -> the same, or {"user_id": 42}
    POST /login/ID           {"password": "..."}

Between two requests a login is a file with the snapshots of the client, auth key included, and of the flow. It never
contains a code or a password. Any number of processes can share one directory:

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
    """The unfinished logins, one file each."""

    def __init__(self, config: ClientConfig, api_hash: str, directory: Path) -> None:
        self.config = config
        self.api_hash = api_hash
        self.directory = directory

    def begin(self, given: dict[str, str]) -> dict[str, Any]:
        """The first request: send a code."""
        api_id = self.config.connection_config.api_id
        flow = auth.log_in(given["phone_number"], api_id=api_id, api_hash=self.api_hash)
        return self._continue(secrets.token_urlsafe(16), None, flow)

    def enter(self, name: str, given: dict[str, str]) -> dict[str, Any]:
        """A further request: restore the flow, and pass on the user's input."""
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
            return self._continue(name, saved["client"], flow)
        except Exception:
            if not path.exists():
                taken.rename(path)  # nothing was saved: keep the state for the next try
            raise
        finally:
            taken.unlink(missing_ok=True)

    def _continue(self, name: str, snapshot: dict[str, Any] | None, flow: auth.PhoneCodeFlow[Any]) -> dict[str, Any]:
        with open_client(self.config, snapshot) as client:
            client.run(flow)
            self._save(name, {"client": client.snapshot(), "flow": flow.snapshot()})
        if flow.state == auth.DONE:
            return {"id": name, "user_id": flow.result.user.id}
        answer: dict[str, Any] = {"id": name, "prompt": msgspec.to_builtins(flow.prompt)}
        if flow.error is not None:
            answer["error"] = {"name": flow.error.name, "hint": flow.error.hint}
        return answer

    def _save(self, name: str, saved: dict[str, Any]) -> None:
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
        """Begin or continue a login."""
        try:
            size = min(int(self.headers.get("Content-Length", 0)), MAX_BODY)
            given = json.loads(self.rfile.read(size))
            match self.path.strip("/").split("/"):
                case ["login"]:
                    self._answer(200, self.backend.begin(given))
                case ["login", name]:
                    self._answer(200, self.backend.enter(name, given))
                case _:
                    self._answer(404, {"error": "no such page"})
        except FileNotFoundError:
            self._answer(404, {"error": "no such login, or another request is using it"})
        except (ValueError, KeyError, TypeError, LocalProtocolError):
            self._answer(400, {"error": "invalid input"})
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
        """Log nothing: paths contain the ids of logins."""


def main(directory: str, api_id: str, api_hash: str, address: str = "", key: str = "") -> None:
    """Print the port, and serve until interrupted."""
    if address:  # your own data center
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
