"""Random mutation of hand-written source: does a test fail when any line is changed, not only a listed check?

    python -m tests.mutation map                           which tests run which line (minutes; then only what changed)
    python -m tests.mutation run --sample 300 --seed 7     try a sample; prints a table for each package
    python -m tests.mutation run --package client          one package only

`tests/removed_checks` removes the checks of the protocol, each by hand. This package makes random changes: a
comparison, an operator, a constant, a condition, a statement that is left out. The sample is drawn from a seed, so that
a run can be repeated, and a new seed is a sample that the tests were not written for.

A mutant that no test can distinguish from the original is equivalent: it is listed in `equivalent.toml` with the reason
and not counted.
"""
