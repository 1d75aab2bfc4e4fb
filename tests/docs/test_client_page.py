"""The page of the client: its drawings show what a client does, and its driver works."""

from __future__ import annotations

from os import urandom
from time import time
from xml.etree import ElementTree as ET

import pytest

import channel
from drive_client import Driver
from sansio_tl import functions, types
from sansio_tl.client import Client, ClientConfig
from sansio_tl.client.actions import Endpoint
from sansio_tl.client.reactions import REACTIONS, Reaction
from sansio_tl.config import Config
from sansio_tl.errors import AuthKeyUnregistered
from sansio_tl.testing import DataCentre, DataCentreConfig
from tests.mtproto.fake_server import rsa_key
from transports.sync import serve


def words(svg: str) -> str:
    return "\n".join(text for element in ET.fromstring(svg).iter() if (text := element.text))


def test_channel_goes_through_every_state() -> None:
    assert set(channel.edges()) == {
        (channel.IDLE, channel.DIALLING, "something to ask"),
        (channel.IDLE, channel.DIALLING, "its key is renewed"),
        (channel.DIALLING, channel.UP, "link_up"),
        (channel.DIALLING, channel.WAITING, "link_failed"),
        (channel.WAITING, channel.DIALLING, "the back-off is over"),
        (channel.UP, channel.WAITING, "the link ends"),
        (channel.UP, channel.IDLE, "not used for a while"),
        (channel.UP, channel.RETIRING, "its key is renewed"),
        (channel.RETIRING, channel.ENDED, "its answers are there"),
    }
    assert {state for edge in channel.edges() for state in edge[:2]} == channel.LAYOUT.keys()


def test_every_change_of_state_is_drawn() -> None:
    drawn = words(channel.draw())
    for before, after, what in channel.edges():
        for text in (before, after, what):
            assert text in drawn


def test_every_reaction_and_every_error_is_drawn() -> None:
    drawn = words(channel.draw_reactions())
    for text in (*REACTIONS, *(reaction.value for reaction in Reaction)):
        assert text in drawn


def test_driver_of_the_page_asks_and_is_answered() -> None:
    centre = DataCentre(DataCentreConfig(private_key=rsa_key()), entropy=urandom, now=time())
    with serve(centre) as server:
        config = ClientConfig(
            connection=Config(api_id=1, public_keys=(centre.public_key,)), endpoints={2: (Endpoint(*server.address),)}
        )
        client = Client(config, entropy=urandom, now=time())
        driver = Driver(client, time)
        assert isinstance(driver.ask(functions.help.GetNearestDc()), types.NearestDc)
        with pytest.raises(AuthKeyUnregistered):
            driver.ask(functions.account.GetAccountTTL())
        assert len(driver.sockets) == len(client.snapshot()["data_centres"]) == 1
        driver.leave()
        assert not driver.sockets
