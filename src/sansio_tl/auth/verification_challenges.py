"""Error 403: the server demands proof that a human or an official application sends the request.

The request is then sent again inside invokeWithReCaptcha, invokeWithGooglePlayIntegrity or invokeWithApnsSecret.
"""

from __future__ import annotations

from typing import Any

from sansio_tl.auth.prompts import ChallengeKind, ChallengePrompt
from sansio_tl.errors import RpcError
from sansio_tl.functions import InvokeWithApnsSecret, InvokeWithGooglePlayIntegrity, InvokeWithReCaptcha
from sansio_tl.tl.objects import Function


def challenge_of(error: RpcError) -> ChallengePrompt | None:
    """The proof that the error demands; None if it demands none."""
    values = {name: getattr(error, name) for name in error.values}
    if not values:
        return None
    match error.name:
        case "RECAPTCHA_CHECK_X__Y":
            return ChallengePrompt(ChallengeKind.RECAPTCHA, action=values["action"], key_id=values["key_id"])
        case "INTEGRITY_CHECK_CLASSIC_X":
            return ChallengePrompt(ChallengeKind.PLAY_INTEGRITY, nonce=values["nonce"])
        case "APNS_VERIFY_CHECK_X":
            return ChallengePrompt(ChallengeKind.APNS, nonce=values["nonce"])
    return None


def with_proof(request: Function[Any], prompt: ChallengePrompt, token: str) -> Function[Any]:
    """The request inside the wrapper that carries the proof."""
    match prompt.challenge:
        case ChallengeKind.RECAPTCHA:
            return InvokeWithReCaptcha(token=token, query=request)
        case ChallengeKind.PLAY_INTEGRITY:
            return InvokeWithGooglePlayIntegrity(nonce=prompt.nonce or "", token=token, query=request)
        case ChallengeKind.APNS:
            return InvokeWithApnsSecret(nonce=prompt.nonce or "", secret=token, query=request)
