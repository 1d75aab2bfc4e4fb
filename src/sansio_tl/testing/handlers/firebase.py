"""Firebase: the code is sent only after the application has proven its identity.

    auth.sentCodeTypeFirebaseSms        nonce, or the receipt of a silent push
    auth.requestFirebaseSms             the nonce attested, or the secret that the push carried -> the code is sent

The attestation of an embedded data center is the nonce itself, as hexadecimal digits. The `SecretPushed` event reports
the content of the push message.
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
    """Generate the nonce to be proven; nothing is sent yet."""
    code.proof = call.entropy(_PROOF_SIZE)
    if code.delivery_method is DeliveryMethod.APNS:
        call.report(SecretPushed(code.proof[:RECEIPT_SIZE].hex(), _expected_token(code)))


def request_firebase_sms(call: RequestContext, query: functions.auth.RequestFirebaseSms) -> bool:
    """auth.requestFirebaseSms: false if the proof is wrong; the client then requests the next method."""
    number = read_number(query.phone_number, 400)
    if not query.phone_code_hash:
        raise errors.PhoneCodeEmpty
    code = call.state.codes.find(query.phone_code_hash, call.now)
    if code is None or code.phone_number != number or code.delivery_method not in FIREBASE:
        return False
    given = {
        DeliveryMethod.PLAY_INTEGRITY: query.play_integrity_token,
        DeliveryMethod.SAFETY_NET: query.safety_net_token,
        DeliveryMethod.APNS: query.ios_push_secret,
    }[code.delivery_method]
    if given is None or not same(given.encode(), _expected_token(code).encode()):
        return False
    call.report(CodeSent(code.phone_number, code.code, code.delivery_method, code.purpose))
    return True


def _expected_token(code: IssuedCode) -> str:
    return (code.proof[RECEIPT_SIZE:] if code.delivery_method is DeliveryMethod.APNS else code.proof).hex()
