"""The account of a client: who is logged in, and in which data center the account lives."""

from __future__ import annotations

from collections.abc import Sequence

from sansio_tl.auth.log_out import remember_token
from sansio_tl.hosts import is_dns_name


class AccountState:
    """One account, or none yet."""

    def __init__(
        self,
        home_dc: int,
        *,
        user_id: int | None = None,
        is_bot: bool | None = None,
        logout_tokens: Sequence[bytes] = (),
        config_domain: str | None = None,
        config_date: int = 0,
    ) -> None:
        self.home_dc = home_dc
        """The data center in which the account lives, as far as is known."""
        self.confirmed_home_dc = home_dc
        """The last home data center that has answered: the one that a snapshot stores."""
        self.user_id = user_id
        """The user that is logged in; None without a login."""
        self.is_bot = is_bot
        """Whether the user is a bot; None if that is unknown."""
        self.logout_tokens = tuple(logout_tokens)
        """The tokens that logouts and logins have returned, newest first."""
        self.config_domain = config_domain
        """The DNS name of help.configSimple that the home data center has last named in its config."""
        self.config_date = config_date
        """The date of the newest help.configSimple that was accepted; no older one is (MS50)."""

    def move_to(self, dc_id: int) -> bool:
        """The account lives in `dc_id`; returns whether that is another data center than before."""
        moved = dc_id != self.home_dc
        self.home_dc = dc_id
        return moved

    def confirm_home(self, dc_id: int) -> bool:
        """The data center `dc_id` has answered; returns whether that confirms a new home data center."""
        if dc_id != self.home_dc or dc_id == self.confirmed_home_dc:
            return False
        self.confirmed_home_dc = dc_id
        return True

    def set_config_domain(self, reported: str) -> bool:
        """The home data center has named where help.configSimple is; what is no DNS name is none (MS42).

        Returns whether that is news.
        """
        domain = reported if is_dns_name(reported) else None
        changed = domain != self.config_domain
        self.config_domain = domain
        return changed

    def set_config_date(self, date: int) -> bool:
        """A help.configSimple with this date was accepted; returns whether that is news."""
        changed = date != self.config_date
        self.config_date = date
        return changed

    def log_in(self, user_id: int, *, is_bot: bool | None) -> None:
        """A user is logged in."""
        self.user_id, self.is_bot = user_id, is_bot

    def log_out(self) -> None:
        """No user is logged in any more."""
        self.user_id = self.is_bot = None

    def add_logout_token(self, token: bytes | None) -> None:
        """Keep the token that a logout or a login has returned, if it has."""
        self.logout_tokens = remember_token(self.logout_tokens, token)
