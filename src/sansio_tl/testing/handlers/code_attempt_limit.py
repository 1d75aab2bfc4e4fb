"""The limit of wrong codes for a phone number, whichever code they were meant for.

Each code allows a few wrong attempts (`DataCenterConfig.code_tries`), but another one can be requested at once. Without
a limit for the number itself, a program tries all codes of five digits within a second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sansio_tl import errors
from sansio_tl.testing.codes import IssuedCode
from sansio_tl.testing.mailbox import MailedCode

if TYPE_CHECKING:
    from sansio_tl.testing.context import RequestContext


def is_right(call: RequestContext, number: str, code: IssuedCode | MailedCode, typed: str) -> bool:
    """Whether `typed` is the code; a wrong one counts for the code and the number. Raises FLOOD_WAIT_X."""
    wrong, limit, period = call.state.codes.wrong, call.config.wrong_code_limit, call.config.code_limit_period
    free_at = wrong.free_at(number, limit, period, call.now)
    if call.now < free_at:
        raise errors.FloodWait(seconds=call.seconds_until(free_at))
    if code.try_code(typed):
        return True
    wrong.add(number, limit, period, call.now)
    return False
