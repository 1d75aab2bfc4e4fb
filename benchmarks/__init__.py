"""The speed of the codec, compared with every other one that installs from a registry: `make bench`.

`workloads` are bytes that all peers read and write; `environments` creates an environment for each peer; `workers` runs
it there as a process; `rounds` measures the peers in turn; `report` and `plots` turn the figures into the pages of the
documentation.
"""
