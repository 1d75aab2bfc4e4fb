"""The answer to help.getConfig: addresses of the data centers, and the limits of Telegram's servers."""

from __future__ import annotations

from collections.abc import Sequence

from sansio_tl import types

LIFETIME = 3600
"""Seconds after which a client should request it again."""


def configuration(options: Sequence[types.DcOption], *, dc_id: int, test_mode: bool, now: int) -> types.Config:
    """The answer of data center `dc_id` at `now`; `options` are the addresses in it."""
    return types.Config(
        date=now,
        expires=now + LIFETIME,
        test_mode=test_mode,
        this_dc=dc_id,
        dc_options=list(options),
        dc_txt_domain_name="",
        chat_size_max=200,
        megagroup_size_max=200_000,
        forwarded_count_max=100,
        online_update_period_ms=210_000,
        offline_blur_timeout_ms=5_000,
        offline_idle_timeout_ms=30_000,
        online_cloud_timeout_ms=300_000,
        notify_cloud_delay_ms=30_000,
        notify_default_delay_ms=1_500,
        push_chat_period_ms=60_000,
        push_chat_limit=2,
        edit_time_limit=172_800,
        revoke_time_limit=2_147_483_647,
        revoke_pm_time_limit=2_147_483_647,
        rating_e_decay=2_419_200,
        stickers_recent_limit=200,
        channels_read_media_period=604_800,
        call_receive_timeout_ms=20_000,
        call_ring_timeout_ms=90_000,
        call_connect_timeout_ms=30_000,
        call_packet_timeout_ms=10_000,
        me_url_prefix="https://t.me/",
        caption_length_max=1_024,
        message_length_max=4_096,
        webfile_dc_id=dc_id,
    )
