"""In which order the server reports requests to the application: invokeAfterMsg and invokeAfterMsgs (L1).

A request that follows others is reported when they are answered, and fails when one of them has failed.
"""

from __future__ import annotations

from collections import deque

from sansio_tl.mtproto.invoke_after import predecessor_failed
from sansio_tl.mtproto.server.context import ServerContext
from sansio_tl.mtproto.server.session import IncomingRequest


def take_turn(host: ServerContext, request: IncomingRequest) -> None:
    """Report a new request, unless one that it follows is not known to have arrived, and so may still arrive (L1)."""
    if not all(map(request.session.has, request.after)) or not dispatch_to_app(host, request):
        _fail_with_predecessor(request)


def dispatch_to_app(host: ServerContext, request: IncomingRequest) -> bool:
    """Report a request to the application, or let it wait for one that it follows and that is not answered yet (L1).

    False: one of those that it follows has failed. That they have arrived was checked when it arrived itself.
    """
    session = request.session
    while request.after_done < len(request.after):  # MS33: continues where it stopped: each id is checked once
        msg_id = request.after[request.after_done]
        if session.requests.has_failed(msg_id):
            return False
        predecessor = session.requests.find(msg_id)
        if predecessor is not None and not predecessor.answered and predecessor is not request:
            request.wait_for(predecessor)
            return True
        request.skip_predecessor()
    report(host, request)
    return True


def release_followers(host: ServerContext, request: IncomingRequest) -> None:
    """Requests that waited for this one have their turn now, or fail with it; then those that waited for them."""
    over = deque([request])
    while over:
        predecessor = over.popleft()
        for follower in predecessor.take_followers():
            if predecessor.failed or not dispatch_to_app(host, follower):
                _fail_with_predecessor(follower)
                over.append(follower)


def _fail_with_predecessor(request: IncomingRequest) -> None:
    request.session.send_error(request, predecessor_failed())


def report(host: ServerContext, request: IncomingRequest) -> None:
    """Report a request on this connection, on the session's present one if this one has ended, or on its next one.

    MS29: a request whose turn has come after its key was destroyed is not reported.
    """
    if not host.keys.holds(request.session.record):
        return
    present = request.session.connection if host.closed else host
    if present is None:
        request.session.add_to_backlog(request)
    else:
        request.session.requests.set_reported(request)
        present.report_request(request)
