"""What the table of the mutants does not show: cases that no mutant fails, with the reason."""

from __future__ import annotations

from typing import Final

UNNOTICED: Final[dict[str, str]] = {
    "another check of our engine rejects it as well, so it takes two mutations to fall for it": """
        pq-is-zero pq-is-one pq-is-too-long dh-prime-short generator-0 generator-1 generator-7 g-a-is-zero
        g-a-is-one g-a-is-minus-one g-a-is-prime g-a-above-prime msg-key-changed ciphertext-changed-in-body
        reflected-envelope length-not-of-words length-beyond-data length-negative server-rsa-data-changed
        server-rsa-data-short server-rsa-of-other-data server-g-b-is-zero server-g-b-is-one
        server-g-b-is-minus-one server-g-b-above-prime server-msg-key-changed server-ciphertext-changed
        server-reflected-envelope server-length-not-of-words server-length-beyond-data server-length-negative
        server-packet-without-ciphertext server-random-stream server-same-reactions unencrypted-result
        server-unencrypted-ping server-seqno-too-low unknown-answer dh-gen-ok-at-once password-prime-short
        password-b-long server-message-id-old server-replayed-packet server-same-message-id
        container-inside-container container-message-negative gzip-damaged server-gzip-truncated
        vector-of-2-billion vector-of-minus-one string-beyond-data string-of-length-255 deep-value
        random-message result-string-beyond-data result-unknown-type-inside fingerprints-cut-short
        server-giant-vector server-negative-vector server-string-beyond-data server-deep-query
        server-random-bodies server-vector-cut-short server-unknown-type-inside
    """,
    "another place of our engine unpacks it as well": """
        compressed-result compressed-message server-compressed-request
    """,
    "the suite plays the other side with the same code, and the mutant breaks that first": """
        answer-hash server-client-data-hash first-salt
    """,
    "it demands that something is found, and the check cannot be removed without another error in its place": """
        server-call-before-login server-code-empty server-code-of-other-hash server-password-parameters
        server-password-missing server-password-wrong server-password-proof-repeated
    """,
    "mutants remove checks of what arrives, and this case looks at what our engine sends": """
        uses-rsa-pad nonces-are-random g-b-in-range plain-message-ids session-id message-ids-rise container-ids
        sequence-numbers sequence-numbers-rise init-connection breaks-no-rule server-answers-in-session
        server-padding-bounds server-padding-random server-message-ids
    """,
    "it demands that something correct works, and no mutant rejects more than our engine does": """
        no-rsa-key rsa-key-among-others dh-prime-other-safe dh-gen-fail transport-error-429 transport-error-444
        transport-error-999 server-handshake-begun-again server-framing-abridged server-framing-intermediate
        server-framing-padded server-framing-full server-framing-obfuscated-abridged
        server-framing-obfuscated-intermediate server-framing-obfuscated-padded server-quick-ack server-login
        password-correct password-algorithm-unknown text-of-253-bytes unknown-message pong-of-nothing
        ack-of-nothing answer-in-container new-session-in-between server-container server-future-salts
        server-drop-answer fake-tls-in-small-pieces server-hello-in-pieces bad-msg-of-nothing
        state-info-of-nothing future-salts-of-nothing destroyed-session-of-nothing server-unknown-request
        server-unknown-message-in-container server-resend-request
    """,
    "the limit of the size stands in each framing, and in memory our client uses one of them": """
        endless-packet server-packet-too-long
    """,
    "in memory our client's program makes its requests itself, and the mutants break the flow of a login": """
        sent-code-app sent-code-sms sent-code-call sent-code-no-timeout sent-code-flash-call
        sent-code-missed-call sent-code-email sent-code-email-set-up sent-code-fragment sent-code-firebase
        sent-code-word sent-code-phrase code-refused migrate-phone migrate-endless flood-wait flood-wait-day
    """,
    "our client does the wrong thing only after more time, or more repetitions, than the case takes": """
        key-not-found acknowledges-no-more gzip-of-64-mib server-gzip-bomb
    """,
    "the mutants of this check break other places of it": """
        unknown-flag fingerprints-in-no-vector state-requested request-requested connection-lost
        server-wrong-salt server-request-sent-again server-destroy-session container-inside-gzip
    """,
}
"""Reason -> cases. The reasons were found by reading, not by a run."""
