"""What the table of the mutants does not show: cases that no mutant fails, with the reason, and checks not run yet."""

from __future__ import annotations

from typing import Final

_NOT_RUN = """
    AU1 AU2 AU3 AU4 HS16 HS20 MS1 MS2 MS3 MS4 MS10 MS12 MS13 MS14 MS15 MS16 MS17 MS18 MS20 MS21 MS22 MS23 MS25
    MS26 MS27 MS37 MS41 TL1 TL2 TL3 TL4 TL6 TL8 TL9
"""
NOT_RUN: Final = frozenset(_NOT_RUN.split())
"""Checks of which mutants are missing in the table: `python -m tests.conformance.sharpness --missing`."""

UNNOTICED: Final[dict[str, str]] = {
    "another check of our engine rejects it as well, so it takes two mutations to fall for it": """
        pq-is-zero pq-is-one pq-is-too-long dh-prime-short generator-0 generator-1 generator-7 g-a-is-zero g-a-is-one
        g-a-is-minus-one g-a-is-prime g-a-above-prime msg-key-changed ciphertext-changed-in-body reflected-envelope
        length-not-of-words length-beyond-data length-negative
        server-rsa-data-changed server-rsa-data-short server-rsa-of-other-data server-g-b-is-zero server-g-b-is-one
        server-g-b-is-minus-one server-g-b-above-prime server-msg-key-changed server-ciphertext-changed
        server-reflected-envelope server-length-not-of-words server-length-beyond-data server-length-negative
        server-packet-without-ciphertext server-random-stream server-same-reactions unencrypted-result
        server-unencrypted-ping server-seqno-too-low unknown-answer dh-gen-ok-at-once
    """,
    "the suite plays the other side with the same code, and the mutant breaks that first": """
        answer-hash server-client-data-hash
    """,
    "it demands that something is found, and the check cannot be removed without another error in its place": """
        server-call-before-login server-code-empty server-code-of-other-hash
    """,
    "mutants remove checks of what arrives, and this case looks at what our engine sends": """
        uses-rsa-pad nonces-are-random g-b-in-range plain-message-ids session-id message-ids-rise container-ids
        sequence-numbers sequence-numbers-rise init-connection breaks-no-rule server-answers-in-session
        server-padding-bounds server-padding-random
    """,
    "it demands that something correct works, and no mutant rejects more than our engine does": """
        no-rsa-key rsa-key-among-others dh-prime-other-safe dh-gen-fail transport-error-429 transport-error-444
        transport-error-999 server-handshake-begun-again server-framing-abridged
        server-framing-intermediate server-framing-padded server-framing-full server-framing-obfuscated-abridged
        server-framing-obfuscated-intermediate server-framing-obfuscated-padded server-quick-ack server-login
    """,
    "the limit of the size stands in each framing, and in memory our client uses one of them": """
        endless-packet server-packet-too-long
    """,
}
"""Reason -> the cases of checks whose mutants were all run. The reasons were found by reading, not by a run."""
