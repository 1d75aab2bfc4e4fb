"""The arguments of `connect` of the adapters: checked, and made into a runner."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import replace

from sansio_tl import AuthKey, Config
from sansio_tl.proxy import Proxy
from sansio_tl.trace import Tracer
from sansio_tl_transports._shared.clock import Clock
from sansio_tl_transports._shared.connect_options import ConnectOptions, check_call
from sansio_tl_transports._shared.connection_runner import ClientConnectionRunner, no_connection
from sansio_tl_transports._shared.waiter import E, RunJob, check_timeout


class ConnectPlan:
    """What one call of `connect` shall do."""

    def __init__(
        self,
        address: tuple[str, int],
        config: Config,
        *,
        auth_key: AuthKey | None,
        framing: str | None,
        proxy: str | Proxy | None,
        tls: bool | ssl.SSLContext,
        timeout: float | None,
        tracer: Tracer | None,
        clock: Clock,
    ) -> None:
        """Raises LocalProtocolError for invalid arguments, EncodeError for a setting that cannot be encoded."""
        check_call(address, config)
        options = ConnectOptions(framing=framing, proxy=proxy, tls=tls, clock=clock)
        self.attempts = options.attempts([address])
        self.stagger = options.stagger
        """As `ConnectOptions` has it."""
        self.polled = options.polled
        """Whether the session needs a second connection."""
        if timeout is not None:
            check_timeout(timeout)
        self.no_connection = no_connection(address, options.through, timeout)
        """The text of the TimeoutError."""
        self._through = options.through
        self._config = replace(config, framing=options.framed(config, address))
        self._auth_key = auth_key
        self._tracer = tracer
        self._clock = clock

    def make_runner(
        self, make_event: Callable[[], E], changed: Callable[[], None], run_job: RunJob
    ) -> ClientConnectionRunner[E]:
        """The runner, once the socket is open."""
        return ClientConnectionRunner(
            self._config,
            self._auth_key,
            clock=self._clock,
            make_event=make_event,
            changed=changed,
            run_job=run_job,
            through=self._through,
            tracer=self._tracer,
        )
