"""Fetches help.configSimple when data centers do not answer, and gives the client the addresses in it.

    waiting -- a data center has not answered for `delay` --> fetching -- answer, error, `timeout` --> waiting

Nothing is fetched without `ClientConfig.config_fallback`.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from sansio_tl.client.account_state import AccountState
from sansio_tl.client.backoff import Backoff
from sansio_tl.client.config_fallback import ConfigFallback
from sansio_tl.client.connection_manager import ConnectionManager
from sansio_tl.client.events import ConfigFetched, SnapshotChanged
from sansio_tl.client.simple_config import check_dates, decode_simple_config, endpoints_for, join_txt_records
from sansio_tl.entropy import Entropy
from sansio_tl.errors.protocol import RemoteProtocolError


class ConfigFetcher:
    """The fetches of one client, one at a time."""

    def __init__(
        self,
        fallback: ConfigFallback,
        account: AccountState,
        connections: ConnectionManager,
        report: Callable[[ConfigFetched | SnapshotChanged], None],
        *,
        test_mode: bool,
        entropy: Entropy,
    ) -> None:
        self._fallback = fallback
        self._account = account
        self._connections = connections
        self._report = report
        self._test_mode = test_mode
        self._backoff = Backoff(fallback.retry_initial, fallback.retry_max, entropy)
        self._turn = 0
        self._connection_id: int | None = None
        self._url: str | None = None
        self._due = -inf
        """When the present fetch is given up, or else the next one may begin."""

    @property
    def deadline(self) -> float:
        """When `handle_deadline` is due; infinity for never."""
        if self._connection_id is not None:
            return self._due
        return max(self._due, self._connections.unanswered_since + self._fallback.delay)

    def handle_deadline(self, now: float) -> None:
        """Begin to fetch, or give up."""
        if self.deadline > now:
            return
        if self._connection_id is not None:
            self._failed(f"no answer within {self._fallback.timeout:g} s", now)
        else:
            self._url = self._fallback.url(
                self._turn, test_mode=self._test_mode, reported_domain=self._account.config_domain
            )
            self._turn += 1
            self._due = now + self._fallback.timeout
            self._connection_id = self._connections.request_fetch(self._url)

    def is_fetching(self, connection_id: int) -> bool:
        """Whether this is the fetch that is under way."""
        return connection_id == self._connection_id

    def fetched(self, body: bytes, now: float) -> None:
        """The resolver has answered."""
        try:
            text = join_txt_records(body)
        except RemoteProtocolError as error:
            self._failed(error, now)
        else:
            self.receive_config(text, now)

    def fetch_failed(self, reason: str, now: float) -> None:
        """The resolver was not reached, or has returned an error."""
        self._failed(reason, now)

    def receive_config(self, text: str | bytes, now: float) -> None:
        """Use the addresses of a config, from whatever source; an invalid one is reported (MS50)."""
        try:
            config = decode_simple_config(text, self._fallback.resolved_public_key)
            check_dates(config, now=now, newest=self._account.config_date)
        except RemoteProtocolError as error:
            self._failed(error, now)
            return
        if self._account.set_config_date(config.date):
            self._report(SnapshotChanged())
        self._end(now + self._fallback.retry_max)
        found = endpoints_for(config, self._fallback.phone_number)
        self._connections.use_fallback(found, config.expires, now)

    def close(self) -> None:
        """The client was closed."""
        self._end_fetch()

    def _failed(self, error: RemoteProtocolError | str, now: float) -> None:
        self._end(now + self._backoff.on_failure(), error)

    def _end(self, next_at: float, error: RemoteProtocolError | str | None = None) -> None:
        self._due = next_at
        self._report(ConfigFetched(self._url, error))
        self._end_fetch()

    def _end_fetch(self) -> None:
        if self._connection_id is not None:
            self._connections.end_fetch(self._connection_id)
        self._connection_id = self._url = None
