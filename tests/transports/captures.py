"""Captures of connections as programs of other projects read them: tshark of Debian, and ja4plus of PyPI."""

from __future__ import annotations

import csv
import struct
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from tests.transports.debian_packages import need

CLIENT, SERVER = bytes((192, 0, 2, 1)), bytes((192, 0, 2, 2))


def write_capture(path: Path, connections: Iterable[tuple[bytes, bytes]]) -> None:
    """What the client and the server of each connection send, in this order, as a file of pcap."""
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 1 << 18, 101))  # 101: packets begin with IP
        for number, (question, answer) in enumerate(connections):
            port = 20000 + number
            there = (CLIENT, port, SERVER, 443)
            back = (SERVER, 443, CLIENT, port)
            begin, other = 1000, 5000
            flow = [
                (there, begin, 0, 0x02, b""),
                (back, other, begin + 1, 0x12, b""),
                (there, begin + 1, other + 1, 0x10, b""),
                (there, begin + 1, other + 1, 0x18, question),
                (back, other + 1, begin + 1 + len(question), 0x18, answer),
            ]
            for at, (way, sequence, acknowledged, flags, data) in enumerate(flow):
                packet = _packet(*way, sequence, acknowledged, flags, data)
                file.write(struct.pack("<IIII", 1_700_000_000 + number, at * 1000, len(packet), len(packet)) + packet)


def _packet(
    source: bytes, port: int, target: bytes, target_port: int, sequence: int, acknowledged: int, flags: int, data: bytes
) -> bytes:
    tcp = struct.pack(">HHIIBBHHH", port, target_port, sequence, acknowledged, 0x50, flags, 0xFFFF, 0, 0)
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 40 + len(data), 1, 0, 64, 6, 0) + source + target
    return ip + tcp + data


def tshark(path: Path, shown: str, *fields: str) -> list[list[str]]:
    """The fields of the packets that a display filter shows."""
    command = [need("tshark"), "-n", "-r", str(path), "-Y", shown, "-T", "fields", "-E", "separator=/t"]
    command += [option for field in fields for option in ("-e", field)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return [line.split("\t") for line in done.stdout.splitlines()]


def ja4(path: Path) -> list[str]:
    """The JA4 of each ClientHello, by ja4plus."""
    command = [sys.executable, "-m", "ja4plus.cli", "--format", "csv", "--types", "ja4", "analyze", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    return [row["fingerprint"] for row in csv.DictReader(done.stdout.splitlines())]
