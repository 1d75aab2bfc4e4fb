"""The third-party clients, in the order of the matrix."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.interop import client_environments, login_scenario, tdlib_log
from tests.interop.client_environments import Place


@dataclass(frozen=True)
class Peer:
    """A client, and its framings and settings."""

    name: str
    version: str
    layer: int
    place: Place
    framings: tuple[str, ...]
    settings: dict[str, Any] = field(default_factory=dict)
    dc: int = 2
    """The data center where it begins."""
    steps: Mapping[str, login_scenario.Step] = field(default_factory=lambda: login_scenario.STEPS)
    complaints: Callable[[str], list[str]] | None = None
    """What its log complains of; None: it has none."""


@dataclass(frozen=True)
class TDLib(Peer):
    """TDLib begins at data center 1, and writes a log."""

    dc: int = 1
    steps: Mapping[str, login_scenario.Step] = field(default_factory=lambda: login_scenario.TDLIB_STEPS)
    complaints: Callable[[str], list[str]] | None = tdlib_log.complaints


SECRETS = {
    "MTProxy plain": "5ca1ab1e" * 4,
    "MTProxy dd": f"dd{'c0ffee00' * 4}",
    "MTProxy ee": f"ee{'0ddba115' * 4}{b'example.com'.hex()}",
}
"""Framings that use our server as an MTProxy: the form of its secret."""
RESENDS_ONCE = login_scenario.STEPS | {"resend": login_scenario.resend_once}
"""For Hydrogram, which has no class for SEND_CODE_UNAVAILABLE: it raises AttributeError."""
NO_SIGN_UP = {name: step for name, step in login_scenario.STEPS.items() if step is not login_scenario.sign_up}
"""For Pyrofork, which leaves signing up to Telegram's own applications."""
NO_QR_CODE = {name: step for name, step in login_scenario.STEPS.items() if step is not login_scenario.qr_code}
"""For astralix-tl, which hides the number of the user who scans it."""
PEERS = (
    Peer(
        "Telethon",
        "1.45.0",
        229,
        client_environments.TELETHON,
        ("full", "abridged", "intermediate", "obfuscated", "MTProxy plain", "MTProxy dd"),
    ),
    Peer(
        "Kurigram",
        "2.2.26",
        229,
        client_environments.KURIGRAM,
        (
            "abridged",
            "full",
            "intermediate",
            "padded",
            "abridged, obfuscated",
            "intermediate, obfuscated",
            "MTProxy plain",
            "MTProxy dd",
            "MTProxy ee",
        ),
    ),
    Peer(
        "Pyrogram",
        "2.0.106",
        158,
        client_environments.PYROGRAM,
        ("abridged", "full", "intermediate", "abridged, obfuscated", "intermediate, obfuscated"),
    ),
    Peer(
        "GramJS",
        "2.26.22",
        198,
        client_environments.GRAMJS,
        ("full", "abridged", "obfuscated", "websocket", "MTProxy plain"),
    ),
    Peer(
        "mtcute",
        "0.30.3",
        227,
        client_environments.MTCUTE,
        (
            "intermediate",
            "padded",
            "obfuscated",
            "padded, obfuscated",
            "MTProxy plain",
            "MTProxy dd",
            "MTProxy ee",
        ),
    ),
    Peer(
        "Hydrogram",
        "0.2.0",
        181,
        client_environments.HYDROGRAM,
        ("abridged",),
        steps=RESENDS_ONCE,
    ),
    Peer("wpyrogram", "2.0.154", 201, client_environments.WPYROGRAM, ("intermediate, obfuscated",)),
    Peer(
        "Pyrofork",
        "2.3.69",
        220,
        client_environments.PYROFORK,
        ("abridged",),
        steps=NO_SIGN_UP,
    ),
    Peer(
        "GramFlux",
        "0.5.0a1",
        225,
        client_environments.GRAMFLUX,
        ("intermediate",),
        steps={name: step for name, step in NO_QR_CODE.items() if step is not login_scenario.sign_up},
    ),
    Peer("Telecraft", "0.2.3", 228, client_environments.TELECRAFT, ("intermediate",)),
    Peer("astralix-tl", "1.46.0", 231, client_environments.ASTRALIX, ("full",), steps=NO_QR_CODE),
    Peer("Telethon 1.29", "1.29.3", 160, client_environments.TELETHON_160, ("abridged",)),
    Peer("Telethon 1.41", "1.41.2", 214, client_environments.TELETHON_214, ("intermediate",)),
    Peer("mtcute with PFS", "0.30.3", 227, client_environments.MTCUTE, ("intermediate",), {"pfs": True}),
    TDLib("TDLib", "1.8.69", 232, client_environments.TDLIB, ("intermediate, obfuscated", *SECRETS)),
    TDLib("TDLib with PFS", "1.8.69", 232, client_environments.TDLIB, ("intermediate, obfuscated",), {"pfs": True}),
    TDLib("older TDLib", "1.8.47", 201, client_environments.OLDER_TDLIB, ("intermediate, obfuscated", *SECRETS)),
)
