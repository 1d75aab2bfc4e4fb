"""What is answered to a request whose predecessor (invokeAfterMsg) was not executed, and never will be (L1)."""

from __future__ import annotations

from sansio_tl import errors

PREDECESSOR_FAILED = "MSG_WAIT_FAILED"


def predecessor_failed() -> errors.RpcError:
    """The answer, which a client gives itself when it knows before the server does."""
    return errors.parse(400, PREDECESSOR_FAILED)
