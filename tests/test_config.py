"""What a client says of itself before anything else."""

from __future__ import annotations

import pytest

from sansio_tl import LAYER, codec, functions
from sansio_tl.config import Config
from sansio_tl.data_centres import public_keys
from sansio_tl.errors import LocalProtocolError


@pytest.mark.parametrize(
    ("test_mode", "media_only", "dc"),
    [(False, False, 4), (False, True, -4), (True, False, 10004), (True, True, -10004)],
)
def test_HS6_test_data_centres_add_10000_and_media_ones_are_negative(
    dc: int, *, test_mode: bool, media_only: bool
) -> None:
    assert Config(api_id=1, dc_id=4, test_mode=test_mode, media_only=media_only).handshake_dc == dc


@pytest.mark.parametrize("test_mode", [True, False])
def test_HS4_the_keys_are_those_of_the_environment_unless_others_are_given(*, test_mode: bool) -> None:
    assert Config(api_id=1, test_mode=test_mode).trusted_keys == public_keys(test_mode=test_mode)
    assert Config(api_id=1, test_mode=test_mode, public_keys=()).trusted_keys == ()


def test_the_prefix_is_a_call_less_its_query() -> None:
    prefix = Config(api_id=7, device_model="a device").first_call_prefix()
    call = codec.decode(prefix + codec.encode(functions.help.GetNearestDc()))
    assert isinstance(call, functions.InvokeWithLayer)
    assert call.layer == LAYER
    assert isinstance(call.query, functions.InitConnection)
    assert (call.query.api_id, call.query.device_model) == (7, "a device")
    assert call.query.query == functions.help.GetNearestDc()


def test_a_setting_that_cannot_be_sent_is_refused() -> None:
    with pytest.raises(LocalProtocolError, match="api_id"):
        Config(api_id=1 << 40).first_call_prefix()
