"""Firebase: the code is sent only when the application has proven what it is.

    auth.sentCodeTypeFirebaseSms        nonce, or the receipt of a silent push
    auth.requestFirebaseSms             the nonce attested, or the secret that the push carried -> the code is sent

The attestation of an embedded data center is the nonce itself, as hexadecimal digits. What a push would carry is
told by the `SecretPushed` event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sansio_tl import errors, functions
from sansio_tl.testing.cluster import same
from sansio_tl.testing.code_delivery import FIREBASE, RECEIPT_SIZE, DeliveryMethod
from sansio_tl.testing.events import CodeSent, SecretPushed
from sansio_tl.testing.handlers.number_checks import read_number

if TYPE_CHECKING:
    from sansio_tl.testing.codes import IssuedCode
    from sansio_tl.testing.context import RequestContext

_PROOF_SIZE = 24


def ask_for_proof(call: RequestContext, code: IssuedCode) -> None:
    """Draw what is to be proven; nothing is sent yet."""
    code.proof = call.entropy(_PROOF_SIZE)
    if code.way is DeliveryMethod.APNS:
        call.report(SecretPushed(code.proof[:RECEIPT_SIZE].hex(), _wanted(code)))


def request_firebase_sms(call: RequestContext, query: functions.auth.RequestFirebaseSms) -> bool:
    """auth.requestFirebaseSms: false when the proof is wrong; the client then asks for the next way."""
    number = read_number(query.phone_number, 400)
    if not query.phone_code_hash:
        raise errors.PhoneCodeEmpty
    code = call.state.codes.find(query.phone_code_hash, call.now)
    if code is None or code.phone_number != number or code.way not in FIREBASE:
        return False
    given = {
        DeliveryMethod.PLAY_INTEGRITY: query.play_integrity_token,
        DeliveryMethod.SAFETY_NET: query.safety_net_token,
        DeliveryMethod.APNS: query.ios_push_secret,
    }[code.way]
    if given is None or not same(given.encode(), _wanted(code).encode()):
        return False
    call.report(CodeSent(code.phone_number, code.code, code.way, code.purpose))
    return True


def _wanted(code: IssuedCode) -> str:
    return (code.proof[RECEIPT_SIZE:] if code.way is DeliveryMethod.APNS else code.proof).hex()
