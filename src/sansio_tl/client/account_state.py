"""The account of a client: who is logged in, and in which data center the account lives."""

from __future__ import annotations

from collections.abc import Sequence

from sansio_tl.auth.log_out import remember_token


class AccountState:
    """One account, or none yet."""

    def __init__(
        self,
        home_dc: int,
        *,
        user_id: int | None = None,
        is_bot: bool | None = None,
        logout_tokens: Sequence[bytes] = (),
    ) -> None:
        self._home_dc = home_dc
        self._confirmed_home_dc = home_dc
        self._user_id = user_id
        self._is_bot = is_bot
        self._logout_tokens = tuple(logout_tokens)

    @property
    def home_dc(self) -> int:
        """The data center in which the account lives, as far as is known."""
        return self._home_dc

    @property
    def confirmed_home_dc(self) -> int:
        """The last home data center that has answered: the one that a snapshot stores."""
        return self._confirmed_home_dc

    @property
    def user_id(self) -> int | None:
        """The user that is logged in; None without a login."""
        return self._user_id

    @property
    def is_bot(self) -> bool | None:
        """Whether the user is a bot; None if that is unknown."""
        return self._is_bot

    @property
    def logout_tokens(self) -> tuple[bytes, ...]:
        """The tokens that logouts and logins have returned, newest first."""
        return self._logout_tokens

    def move_to(self, dc_id: int) -> bool:
        """The account lives in `dc_id`; returns whether that is another data center than before."""
        moved = dc_id != self._home_dc
        self._home_dc = dc_id
        return moved

    def confirm_home(self, dc_id: int) -> bool:
        """The data center `dc_id` has answered; returns whether that confirms a new home data center."""
        if dc_id != self._home_dc or dc_id == self._confirmed_home_dc:
            return False
        self._confirmed_home_dc = dc_id
        return True

    def log_in(self, user_id: int, *, is_bot: bool | None) -> None:
        """A user is logged in."""
        self._user_id, self._is_bot = user_id, is_bot

    def log_out(self) -> None:
        """No user is logged in any more."""
        self._user_id = self._is_bot = None

    def add_logout_token(self, token: bytes | None) -> None:
        """Keep the token that a logout or a login has returned, if it has."""
        self._logout_tokens = remember_token(self._logout_tokens, token)
