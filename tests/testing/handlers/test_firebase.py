from __future__ import annotations

from typing import Any

import pytest

from sansio_tl import errors, functions, types
from sansio_tl.testing import CodeReportedMissing, CodeSent, DeliveryMethod, SecretPushed
from tests.helpers.direct_client import CODE, PHONE, DirectClient, is_known_for

PLAY, SAFETY_NET, APNS = ("999662" + suffix for suffix in ("3009", "3010", "3011"))
FIREBASE = types.CodeSettings(allow_firebase=True)
IPHONE = types.CodeSettings(allow_firebase=True, token="push token", app_sandbox=False)


def request(phone: str, sent: types.auth.SentCode, **proof: Any) -> functions.auth.RequestFirebaseSms:
    return functions.auth.RequestFirebaseSms(phone, sent.phone_code_hash, **proof)


def codes(client: DirectClient) -> list[CodeSent]:
    return [event for event in client.events() if isinstance(event, CodeSent)]


def announced(sent: types.auth.SentCode) -> types.auth.SentCodeTypeFirebaseSms:
    assert isinstance(sent.type, types.auth.SentCodeTypeFirebaseSms)
    assert sent.type.length == 5
    assert sent.next_type == types.auth.CodeTypeSms()
    return sent.type


@pytest.mark.parametrize(("phone", "field"), [(PLAY, "play_integrity_token"), (SAFETY_NET, "safety_net_token")])
def test_firebase_attestation_of_the_nonce_sends_the_code(phone: str, field: str) -> None:
    client = DirectClient()
    sent = client.send_code(phone, FIREBASE)
    kind = announced(sent)
    nonce = kind.play_integrity_nonce or kind.nonce
    assert nonce is not None
    assert (kind.play_integrity_project_id is not None) == (phone == PLAY)
    assert codes(client) == []
    assert client.call(request(phone, sent)) is False
    assert client.call(request(phone, sent, **{field: "wrong"})) is False
    assert codes(client) == []
    assert client.call(request(phone, sent, **{field: nonce.hex()})) is True
    assert [code.code for code in codes(client)] == [CODE]
    assert isinstance(client.call(functions.auth.SignIn(phone, sent.phone_code_hash, CODE)), types.auth.Authorization)


def test_ios_push_secret_sends_the_code() -> None:
    client = DirectClient()
    sent = client.send_code(APNS, IPHONE)
    kind = announced(sent)
    (pushed,) = (event for event in client.events() if isinstance(event, SecretPushed))
    assert (kind.receipt, kind.push_timeout) == (pushed.receipt, 15)
    assert pushed.receipt not in pushed.secret
    assert client.call(request(APNS, sent, ios_push_secret=pushed.receipt)) is False
    assert client.call(request(APNS, sent, ios_push_secret=pushed.secret)) is True
    assert [code.via for code in codes(client)] == [DeliveryMethod.APNS]
    assert pushed.secret not in repr(pushed)


@pytest.mark.parametrize("phone", [PLAY, SAFETY_NET, APNS])
def test_client_without_firebase_gets_an_sms_code(phone: str) -> None:
    assert DirectClient().send_code(phone).type == types.auth.SentCodeTypeSms(5)


def test_resend_with_a_reason_replaces_firebase_by_sms() -> None:
    client = DirectClient()
    sent = client.send_code(PLAY, FIREBASE)
    resent = client.call(functions.auth.ResendCode(PLAY, sent.phone_code_hash, reason="PLAY_INTEGRITY_EXCEPTION"))
    assert isinstance(resent, types.auth.SentCode)
    assert resent.type == types.auth.SentCodeTypeSms(5)
    assert client.call(request(PLAY, sent, play_integrity_token="late")) is False


def test_firebase_proof_without_a_firebase_code_is_refused() -> None:
    client = DirectClient()
    sent = client.send_code(PLAY, FIREBASE)
    for query, rpc_error in (
        (functions.auth.RequestFirebaseSms("no number", sent.phone_code_hash), errors.PhoneNumberInvalid),
        (functions.auth.RequestFirebaseSms(PLAY, ""), errors.PhoneCodeEmpty),
    ):
        error = client.error_of(query)
        assert isinstance(error, rpc_error)
        assert is_known_for(error, query)
    assert client.call(functions.auth.RequestFirebaseSms(PHONE, sent.phone_code_hash)) is False


def test_report_missing_code_emits_an_event() -> None:
    client = DirectClient()
    sent = client.send_code()
    client.events()
    assert client.call(functions.auth.ReportMissingCode(PHONE, sent.phone_code_hash, "20408")) is True
    (reported,) = (event for event in client.events() if isinstance(event, CodeReportedMissing))
    assert (reported.phone_number, reported.mnc) == (PHONE, "20408")
    assert PHONE not in repr(reported)
    assert client.call(functions.auth.ReportMissingCode(PHONE, "other", "20408")) is False
    error = client.error_of(functions.auth.ReportMissingCode("no number", sent.phone_code_hash, "20408"))
    assert isinstance(error, errors.PhoneNumberInvalid)
