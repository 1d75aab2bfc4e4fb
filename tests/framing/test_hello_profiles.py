"""The ClientHellos of fake TLS against their profiles: what browsers vary varies, and the rest does not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import pairwise
from math import sqrt

import pytest
from cryptography.exceptions import UnsupportedAlgorithm

from sansio_tl.errors import LocalProtocolError
from sansio_tl.framing.hello_profile import Drawn, Extension, Grease, HelloProfile, RandomBytes, Shuffled
from sansio_tl.framing.hello_profiles import BROWSER, HELLO_PROFILES, SHORT
from sansio_tl.framing.hello_writer import shuffle
from sansio_tl.framing.key_shares import ml_kem_768_ciphertext, ml_kem_768_key
from sansio_tl.framing.tls_hello import client_hello
from tests.framing.hellos import Values, cipher_suites_of, extensions_of, is_grease, read
from tests.helpers.entropy import SeededEntropy

HELLOS = 1000
each_profile = pytest.mark.parametrize("profile", [BROWSER, SHORT], ids=lambda profile: profile.name)


@cache
def hellos(profile: HelloProfile) -> list[bytes]:
    return [client_hello(profile, "example.org", bytes(16), SeededEntropy(seed), 1e9) for seed in range(HELLOS)]


@cache
def found(profile: HelloProfile) -> list[Values]:
    return [read(hello, profile) for hello in hellos(profile)]


def seen(profile: HelloProfile, place: str) -> list[bytes]:
    return [value for values in found(profile) for value in values[place]]


def is_uniform(counts: Sequence[int]) -> bool:
    """Whether counts can be those of equally likely values: chi-squared, 6 standard deviations above its mean."""
    expected, freedom = sum(counts) / len(counts), len(counts) - 1
    chi = sum((count - expected) ** 2 / expected for count in counts)
    return chi < freedom + 6 * sqrt(2 * freedom)


# -- a thousand hellos ----------------------------------------------------------------------------------------------


@each_profile
def test_TR16_every_hello_has_the_fields_of_its_profile(profile: HelloProfile) -> None:
    assert len(found(profile)) == HELLOS
    sizes = {len(hello) for hello in hellos(profile)}
    assert sizes == ({517} if profile is SHORT else {1727, 1759, 1791, 1823})


@each_profile
def test_TR16_no_two_hellos_share_a_key_or_random_bytes(profile: HelloProfile) -> None:
    for place in found(profile)[0]:
        values = seen(profile, place)
        if min(map(len, values)) >= 32:
            assert len(set(values)) == len(values), place
            for at in range(32):
                assert len({value[at] for value in values}) > 120, (place, at)
    for start, end in ((11, 43), (44, 76)):  # random and session id
        assert len({hello[start:end] for hello in hellos(profile)}) == HELLOS


@each_profile
def test_TR16_grease_takes_all_sixteen_values_in_each_place(profile: HelloProfile) -> None:
    for place in Grease:
        counts = Counter(values[place.name][0] for values in found(profile))
        assert len(counts) == 16, place
        if place is not Grease.LAST_EXTENSION:  # where the other's value is excluded, its neighbour is more likely
            assert is_uniform(list(counts.values())), place
    for values in found(profile):
        assert len(set(values["GROUP"])) == 1, "supported_groups and key_share have the same"
        assert len(values["GROUP"]) == 2
        assert values["FIRST_EXTENSION"] != values["LAST_EXTENSION"]
    for one in Grease:
        for other in Grease:
            if one is not other:
                same = sum(values[one.name][0] == values[other.name][0] for values in found(profile))
                assert same == 0 if {one, other} == {Grease.FIRST_EXTENSION, Grease.LAST_EXTENSION} else 20 < same < 120


def test_TR16_extensions_of_the_browser_profile_are_equally_likely_in_each_place() -> None:
    orders = [values["order"] for values in found(BROWSER)]
    assert len({tuple(order) for order in orders}) == HELLOS
    for number in set(orders[0]):
        places = Counter(order.index(number) for order in orders)
        assert len(places) == 16
        assert is_uniform(list(places.values())), number.hex()
    following = Counter(pair for order in orders for pair in pairwise(order))
    assert len(following) == 16 * 15
    assert is_uniform(list(following.values()))


def test_TR16_ech_payload_of_the_browser_profile_takes_four_sizes() -> None:
    counts = Counter(len(value) for value in seen(BROWSER, "fe0d.3.0"))
    assert set(counts) == {144, 176, 208, 240}
    assert is_uniform(list(counts.values()))
    assert len(set(seen(BROWSER, "fe0d.1"))) > 240


def test_short_profile_has_a_fixed_order() -> None:
    orders = {tuple(n for n, _ in extensions_of(hello) if not is_grease(n)) for hello in hellos(SHORT)}
    assert len(orders) == 1


# -- the bytes that are fixed, written down a second time -----------------------------------------------------------

COMMON = {
    0x0000: "000e00000b6578616d706c652e6f7267",
    0x0005: "0100000000",
    0x000B: "0100",
    0x0010: "000c02683208687474702f312e31",
    0x0012: "",
    0x0017: "",
    0x001B: "020002",
    0x0023: "",
    0x002D: "0101",
    0xFF01: "00",
}
GROUP, VERSION = "gggg", "vvvv"
FIXED = {
    "browser": COMMON
    | {
        0x000A: f"000a{GROUP}11ec001d00170018",
        0x000D: "001609040905090604030804040105030805050108060601",
        0x002B: f"06{VERSION}03040303",
        0x0033: f"04ed{GROUP}00010011ec04c0",
        0x44CD: "0003026832",
        0xFE0D: "0000010001",
    },
    "short": COMMON
    | {
        0x000A: f"0008{GROUP}001d00170018",
        0x000D: "001004030804040105030805050108060601",
        0x002B: f"0a{VERSION}0304030303020301",
        0x0033: f"0029{GROUP}000100001d0020",
    },
}
SHORT_ORDER = "0000 0017 ff01 000a 000b 0023 0010 0005 000d 0012 0033 002d 002b 001b"


@each_profile
def test_TR16_fixed_bytes_of_the_client_hello_match_a_browser(profile: HelloProfile) -> None:
    for hello in hellos(profile)[:20]:
        suites = cipher_suites_of(hello)
        assert is_grease(int.from_bytes(suites[:2], "big"))
        assert suites[2:].hex() == "130113021303c02bc02fc02cc030cca9cca8c013c014009c009d002f0035"
        (first, nothing), *middle, (last, zero) = extensions_of(hello)[: 16 if profile is SHORT else None]
        assert is_grease(first)
        assert is_grease(last)
        assert (nothing, zero) == (b"", b"\0")
        bodies = dict(middle)
        assert set(bodies) == set(FIXED[profile.name])
        group, version = bodies[0x0A][2:4].hex(), bodies[0x2B][1:3].hex()
        for number, text in FIXED[profile.name].items():
            expected = bytes.fromhex(text.replace(GROUP, group).replace(VERSION, version))
            varies = number in (0x33, 0xFE0D)
            assert (bodies[number][: len(expected)] if varies else bodies[number]) == expected, f"{number:04x}"
        if profile is BROWSER:
            assert bodies[0x33][11 + 1216 : 11 + 1216 + 4].hex() == "001d0020"
            assert len(bodies[0x33]) == 11 + 1216 + 4 + 32
            payload = len(bodies[0xFE0D]) - 42
            assert bodies[0xFE0D][6:8].hex() == "0020"
            assert bodies[0xFE0D][40:42] == payload.to_bytes(2, "big")
        else:
            assert " ".join(f"{number:04x}" for number, _ in middle) == SHORT_ORDER


@each_profile
@pytest.mark.parametrize("host", ["a.b", "x" * 182])
def test_hello_has_the_fields_of_its_profile_for_every_host(profile: HelloProfile, host: str) -> None:
    hello = client_hello(profile, host, bytes(16), SeededEntropy(), 1e9)
    assert read(hello, profile)["0000.0.1.0"] == [host.encode()]


# -- keys -----------------------------------------------------------------------------------------------------------


def numbers(data: bytes, bits: int) -> list[int]:
    """ByteDecode of FIPS 203, bit by bit."""
    text = "".join(str(byte >> bit & 1) for byte in data for bit in range(8))
    return [int(text[at : at + bits][::-1], 2) for at in range(0, len(text), bits)]


def test_TR16_ml_kem_keys_have_uniform_coefficients_below_the_modulus() -> None:
    keys = [ml_kem_768_key(SeededEntropy(seed)) for seed in range(60)]
    assert {len(key) for key in keys} == {1184}
    drawn = [number for key in keys for number in numbers(key[:1152], 12)]
    assert max(drawn) < 3329
    assert max(drawn) > 3320
    assert min(drawn) < 10
    counts = Counter(number // 13 for number in drawn if number < 3328)
    assert is_uniform([counts[bucket] for bucket in range(256)])


def test_ml_kem_keys_are_valid_to_a_library() -> None:
    try:
        from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PublicKey
    except ImportError:
        pytest.skip("needs a newer cryptography")
    for seed in range(20):
        try:
            key = MLKEM768PublicKey.from_public_bytes(ml_kem_768_key(SeededEntropy(seed)))
        except UnsupportedAlgorithm:
            pytest.skip("needs a newer OpenSSL")
        _, ciphertext = key.encapsulate()
        assert len(ciphertext) == 1088


def test_TR16_ml_kem_ciphertexts_are_compressed_uniform_coefficients() -> None:
    def expected(bits: int) -> list[Fraction]:
        shares = Counter((2 * number * (1 << bits) + 3329) // (2 * 3329) % (1 << bits) for number in range(3329))
        return [Fraction(shares[value], 3329) for value in range(1 << bits)]

    texts = [ml_kem_768_ciphertext(SeededEntropy(seed)) for seed in range(60)]
    assert {len(text) for text in texts} == {1088}
    for part, bits in ((slice(960), 10), (slice(960, None), 4)):
        drawn = Counter(number for text in texts for number in numbers(text[part], bits))
        total = drawn.total()
        likely = expected(bits)
        chi = sum((drawn[value] - total * share) ** 2 / (total * share) for value, share in enumerate(likely))
        assert chi < len(likely) - 1 + 6 * sqrt(2 * (len(likely) - 1))


@pytest.mark.parametrize("make", [ml_kem_768_key, ml_kem_768_ciphertext])
def test_entropy_without_usable_numbers_is_an_error(make: Callable[[Callable[[int], bytes]], bytes]) -> None:
    with pytest.raises(LocalProtocolError, match="entropy source"):
        make(lambda size: b"\xff" * size)
    with pytest.raises(LocalProtocolError, match="entropy source"):
        shuffle([b"a", b"b", b"c"], lambda size: b"\xff" * size)


def test_few_usable_numbers_are_collected_from_several_draws() -> None:
    draws = iter([b"\xff" * 1533 + b"\x01\x20\x00", bytes(1536), b"r" * 32])
    key = ml_kem_768_key(lambda size: next(draws))
    assert numbers(key[:1152], 12)[:3] == [1, 2, 0]
    assert key[1152:] == b"r" * 32


@pytest.mark.parametrize(("length", "first"), [(1, 0), (2, 1), (3, 3), (6, 15)])
def test_shuffle_reaches_every_order_and_draws_nothing_for_one_part(length: int, first: int) -> None:
    parts = [bytes((at,)) for at in range(length)]
    orders = Counter(b"".join(shuffle(list(parts), SeededEntropy(seed))) for seed in range(300 if length < 6 else 40))
    assert all(sorted(order) == list(range(length)) for order in orders)
    if length < 6:
        assert len(orders) == [0, 1, 2, 6][length]
        assert length == 1 or is_uniform(list(orders.values()))
    entropy = SeededEntropy()
    shuffle(list(parts), entropy)
    assert (entropy.calls > 0) == (first > 0)


# -- profiles of one's own ------------------------------------------------------------------------------------------


def test_profiles_have_names() -> None:
    assert HELLO_PROFILES == {"browser": BROWSER, "short": SHORT}
    assert repr(SHORT) == "HelloProfile('short')"


def test_same_entropy_and_time_give_the_same_hello() -> None:
    one, other = (client_hello(BROWSER, "example.org", bytes(16), SeededEntropy(5), 1e9) for _ in range(2))
    assert one == other


def test_padding_fills_up_to_the_exact_size_or_is_left_out() -> None:
    plain = client_hello(replace(SHORT, padded_size=0), "example.org", bytes(16), SeededEntropy(), 1e9)
    for padded, size in ((len(plain) + 3, len(plain)), (len(plain) + 4, len(plain) + 4), (1500, 1500)):
        hello = client_hello(replace(SHORT, padded_size=padded), "example.org", bytes(16), SeededEntropy(), 1e9)
        assert len(hello) == size
        assert [number for number, _ in extensions_of(hello)].count(0x15) == (size > len(plain))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"extensions": (Extension(5), Extension(6), Extension(5))}, "an extension comes twice"),
        ({"extensions": (Extension(5), Shuffled((Extension(6), Extension(5))))}, "an extension comes twice"),
        ({"padded_size": 4097}, "found a padded size of 4097, expected at most 4096"),
        ({"padded_size": -1}, "found a padded size of -1, expected at most 4096"),
        ({"max_record": 63}, "found records of 63 bytes, expected 64 to 16640"),
        ({"max_record": 16641}, "found records of 16641 bytes, expected 64 to 16640"),
    ],
)
def test_profile_that_no_hello_can_have_is_an_error(change: dict[str, object], message: str) -> None:
    with pytest.raises(LocalProtocolError, match=message):
        replace(BROWSER, **change)  # type: ignore[arg-type]


def test_hello_above_4096_bytes_is_an_error() -> None:
    def profile(size: int) -> HelloProfile:
        return replace(SHORT, padded_size=0, extensions=(Extension(5, (RandomBytes((size,)),)),))

    (fitting,) = (4096 - len(client_hello(profile(1), "h", bytes(16), SeededEntropy(), 1e9)) + 1,)
    assert len(client_hello(profile(fitting), "h", bytes(16), SeededEntropy(), 1e9)) == 4096
    with pytest.raises(LocalProtocolError, match="'short': a hello of 4097 bytes is above 4096"):
        client_hello(profile(fitting + 1), "h", bytes(16), SeededEntropy(), 1e9)


def test_profile_may_have_any_fields() -> None:
    extensions = (Extension(0xCA34, (RandomBytes((3,)), Grease.VERSION, Drawn.HOST)), *BROWSER.extensions)
    profile = replace(BROWSER, name="mine", extensions=extensions)
    hello = client_hello(profile, "example.org", bytes(16), SeededEntropy(), 1e9)
    assert read(hello, profile)["ca34.2"] == [b"example.org"]
