"""Settings of a client."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sansio_tl import data_centers
from sansio_tl.client.actions import Endpoint
from sansio_tl.client.config_fallback import ConfigFallback
from sansio_tl.config import Config
from sansio_tl.crypto.rsa import RsaPublicKey
from sansio_tl.data_centers import DEFAULT_DC
from sansio_tl.limits import MAX_DC_ID
from sansio_tl.validation import require, require_seconds, require_whole

_ENDPOINTS = "ClientConfig.endpoints"
_DAY = 86400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientConfig:
    """How a client behaves. Times are seconds."""

    connection_config: Config
    """The settings of each connection; `dc_id` is the home data center of a new client."""
    endpoints: Mapping[int, tuple[Endpoint, ...]] | None = None
    """Where each data center listens; None for Telegram's own. help.getConfig brings this up to date."""
    config_fallback: ConfigFallback | None = None
    """Where to look for other addresses while no known one of a data center answers; None: nowhere."""
    use_ipv6: bool = True
    """Whether IPv6 addresses are candidates too."""
    prefer_ipv6: bool = False
    """Whether they come before the others, in whatever order help.getConfig reports them."""
    stay_connected: bool = True
    """Whether the connection to the home data center is kept without requests, so that updates arrive."""
    flood_sleep_threshold: float = 60.0
    """FLOOD_WAIT up to this is waited for; a longer one is reported to the caller."""
    flood_total_limit: float = 300.0
    """How long one request waits after FLOOD_WAIT in all; beyond that the caller gets the error."""
    max_flood_waits: int = 5
    """How often one request waits after FLOOD_WAIT."""
    flood_wait_by_method: bool = True
    """Whether FLOOD_WAIT holds back the other requests of the same method to that data center, too, also those of a
    client that continues from the snapshot: until the time is over, but for a day at most, they wait or fail as if they
    were sent, and are not sent, because asking may make the flood longer."""
    resume_spread: float = 0.0
    """A client that continues from a snapshot opens its first connection at a random moment within so many seconds,
    or at the first request: so that many that are started together do not connect at once."""
    connect_timeout: float = 30.0
    """How long a connection may take to be opened (`Connect`): then the client disconnects and tries again."""
    backoff_initial: float = 1.0
    """The longest first wait before reconnecting."""
    backoff_max: float = 60.0
    """The longest wait of all."""
    unreachable_timeout: float | None = 60.0
    """How long a request waits for a data center that cannot be reached, from the first failure on;
    then the request ends as `OutcomeUnknown` with the reason. None for ever. The client goes on connecting if it would
    without the request."""
    idle_timeout: float = 60.0
    """How long a connection to another data center is kept after its last answer."""
    max_redirects: int = 5
    """How often one request is sent again because of an error: another data center has the answer, or its predecessor
    is sent again. The bound is there so that redirects cannot go on for ever."""
    rekey_margin: float = 3600.0
    """A temporary key is replaced when less than this is left of its life (at most half of it)."""
    key_not_found_limit: int = 3
    """Number of answers -404 in a row after which `AuthKeyNotFound` reports that the data center may have lost the
    permanent key. With temporary keys: how many binding requests in a row must fail with ENCRYPTED_MESSAGE_INVALID,
    which is authenticated, until the permanent key counts as lost."""

    @classmethod
    def for_server(
        cls,
        host: str,
        port: int,
        *,
        public_key: str | bytes | RsaPublicKey,
        api_id: int,
        dc_id: int = DEFAULT_DC,
    ) -> ClientConfig:
        """Settings for a data center of your own, such as `sansio-tl serve` or `sansio_tl.testing.DataCenter`.

        `public_key` is its RSA key, as PEM text or as an object. `dataclasses.replace` changes other settings. Raises
        LocalProtocolError for an invalid value.
        """
        key = public_key if isinstance(public_key, RsaPublicKey) else RsaPublicKey.from_pem(public_key)
        config = Config(api_id=api_id, dc_id=dc_id, public_keys=(key,))
        return cls(connection_config=config, endpoints={dc_id: (Endpoint(host, port),)})

    def __post_init__(self) -> None:
        """Raises LocalProtocolError for a value that cannot be used."""
        require(
            isinstance(self.connection_config, Config),
            "ClientConfig.connection_config",
            "a Config",
            self.connection_config,
        )
        self._check_endpoints()
        fallback = self.config_fallback
        due = "a ConfigFallback or None"
        require(fallback is None or isinstance(fallback, ConfigFallback), "ClientConfig.config_fallback", due, fallback)
        for name in ("use_ipv6", "prefer_ipv6", "stay_connected", "flood_wait_by_method"):
            value = getattr(self, name)
            require(type(value) is bool, f"ClientConfig.{name}", "True or False", value)
        for name in ("flood_sleep_threshold", "flood_total_limit", "connect_timeout", "idle_timeout", "rekey_margin"):
            require_seconds(f"ClientConfig.{name}", getattr(self, name))
        for name in ("backoff_initial", "backoff_max", "resume_spread"):
            require_seconds(f"ClientConfig.{name}", getattr(self, name), most=_DAY)
        if self.unreachable_timeout is not None:
            require_seconds("ClientConfig.unreachable_timeout", self.unreachable_timeout)
        for name in ("max_flood_waits", "max_redirects"):
            require_whole(f"ClientConfig.{name}", getattr(self, name), 0)
        require_whole("ClientConfig.key_not_found_limit", self.key_not_found_limit, 1)

    def _check_endpoints(self) -> None:
        due = "a mapping of data center numbers to tuples of Endpoint, or None for Telegram's own"
        require(self.endpoints is None or isinstance(self.endpoints, Mapping), _ENDPOINTS, due, self.endpoints)
        for dc_id, known in (self.endpoints or {}).items():
            require_whole(f"{_ENDPOINTS}: the number of a data center", dc_id, 1, MAX_DC_ID)
            require(isinstance(known, tuple | list), _ENDPOINTS, due, known)
            for endpoint in known:
                require(isinstance(endpoint, Endpoint), _ENDPOINTS, due, endpoint)

    def initial_endpoints(self) -> dict[int, tuple[Endpoint, ...]]:
        """`endpoints`, or the ones that official clients are built with."""
        if self.endpoints is not None:
            return dict(self.endpoints)
        known = data_centers.addresses(test_mode=self.connection_config.test_mode)
        return {
            dc_id: (Endpoint(address.ipv4, address.port), Endpoint(address.ipv6, address.port))
            for dc_id, address in known.items()
        }

    def for_data_center(self, dc_id: int) -> Config:
        """The settings of a connection to that data center."""
        return replace(self.connection_config, dc_id=dc_id)
