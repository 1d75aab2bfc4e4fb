"""The attackers of the simulation: what they record and forge, and that every attack is carried out."""

from __future__ import annotations

from collections import Counter

import pytest

from sansio_tl import types
from sansio_tl.simulation import Faults, Report, Scenario, Simulation, simulate
from sansio_tl.simulation.attacker.on_path import Campaigns
from sansio_tl.simulation.attacker.recordings import Recorded, Recordings
from sansio_tl.simulation.attacker.rogue_data_center import RogueDataCenter
from sansio_tl.simulation.frame_parser import Frames, framed
from sansio_tl.simulation.rng import Rng
from sansio_tl.testing.help_config import configuration

KEY, OTHER = b"k" * 8, b"o" * 8


def recorded(number: int, *, key: bytes = KEY, connection: int = 0, from_client: bool = True) -> Recorded:
    return Recorded(key + bytes([number]) * 40, key, 2, from_client, connection, float(number))


def test_recordings_keep_every_packet() -> None:
    recordings = Recordings()
    packets = [recorded(number % 256) for number in range(5000)]
    for packet in packets:
        recordings.add(packet)
    assert recordings.of_key(KEY, from_client=True) == packets
    assert recordings.of_key(KEY, from_client=False) == []
    chosen = [packet for _ in range(300) for packet in recordings.choose(KEY, Rng("choose"), from_client=True)]
    assert chosen[0] in packets


def test_replay_sequence_has_packets_of_each_connection_and_the_latest() -> None:
    recordings = Recordings()
    for connection in range(5):
        for number in range(20):
            recordings.add(recorded(20 * connection + number, connection=connection))
            recordings.add(recorded(200, key=OTHER, connection=connection))
    first_and_latest = [packet.payload[-1] for packet in recordings.first_and_latest(KEY)]
    assert first_and_latest == [0, 1, 20, 21, 40, 41, 60, 61, 80, 81, *range(92, 100)]
    assert recordings.keys_of(2) == [KEY, OTHER]


@pytest.mark.parametrize("framing", ["abridged", "intermediate", "padded", "http"])
@pytest.mark.parametrize("size", [24, 40, 2000])
def test_framed_packets_are_split_again(framing: str, size: int) -> None:
    payload = b"\x01" * size
    frames = Frames(framing, from_client=False)
    data = framed(payload, framing) * 2
    found = [frame for at in range(len(data)) for frame in frames.feed(data[at : at + 1])]
    assert [frame.payload[:24] for frame in found] == [payload[:24]] * 2
    assert frames.rest == b""


def test_campaigns_are_active_part_of_the_time() -> None:
    never = Campaigns(0.0, 0.0, 100.0, Rng("never"))
    often = Campaigns(1.0, 0.0, 100.0, Rng("often"))
    assert not any(now in never for now in range(500))
    assert 0 < sum(now in often for now in range(500)) < 500


def test_rogue_data_center_keeps_its_errors_and_repeats_flood_waits() -> None:
    rogue = RogueDataCenter((1, 2), Rng("rogue"), Counter(), Counter())
    errors = [rogue.error(number) for number in range(400)]
    patient = [
        number for number, error in enumerate(errors) if error is not None and error.text.startswith("FLOOD_WAIT")
    ]
    assert {error.code for error in errors if error is not None} >= {303, 420}
    honest = configuration([], dc_id=2, test_mode=False, now=0)
    client_event = [rogue.config(honest) for _ in range(20)]
    assert any(isinstance(config, types.Config) and config.dc_options for config in client_event)
    rogue.active = False
    assert rogue.config(honest) is None
    assert rogue.error(1000) is None
    for number in patient:
        again = rogue.error(number)
        assert again is None or again is errors[number]
    assert any(rogue.error(number) is errors[number] for number in patient)


def test_simulations_with_attackers_excuse_no_violation_and_record_packets() -> None:
    attacked = [Scenario.draw(seed, Faults.only(*Faults.names())) for seed in range(60)]
    unexcused = [
        scenario for scenario in attacked if not any(getattr(scenario.faults, excuse) for excuse in Faults.EXCUSES)
    ]
    assert 20 < len(unexcused) < 50
    assert "full" not in {framing for scenario in unexcused for framing in scenario.framings}
    assert any(scenario.fault_duration > 3600 for scenario in unexcused)
    assert any(scenario.rogue_data_center for scenario in attacked)


@pytest.mark.long
def test_attackers_perform_every_kind_of_attack() -> None:
    total = Report()
    for seed in range(1, 40):
        environment = Simulation(Scenario.draw(seed, Faults.only(*Faults.ATTACKS, "client_restart", "slow_answers")))
        environment.run()
        total.deeds.update(environment.environment.deeds)
    for deed in (
        "transport error in place of the first answer",
        "forged or recorded plain message to a client",
        "recorded packet of the last hour to a data center",
        "recorded packet older than an hour to a client",
        "recorded packet of another key of the last hour to a client",
        "own connection over http: a packet of each session of a key, then the latest",
        "own connection over intermediate: a plain message that does not end",
        "client with a key: what is no query, in wrappers or compressed",
        "data center: an error with odd parameters",
        "data center: FLOOD_WAIT, again",
    ):
        assert total.deeds[deed] > 0


def test_simulation_with_attackers_is_reproducible_from_its_seed() -> None:
    faults = Faults.only(*Faults.names())
    for seed in range(1, 5):
        assert simulate(seed, faults) == simulate(seed, faults)
