"""Proof that every check is tested: each is removed in turn, and a test named after it must fail.

    make removed-checks                     all of them
    python -m tests.removed_checks HS1 MS   one check, or a family

`table` says what to remove and how; `run` removes it from a copy of the tree and asks pytest.
"""
