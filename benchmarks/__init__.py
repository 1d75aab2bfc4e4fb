"""How fast the codec is, beside every other that installs from a registry: `make bench`.

`workloads` are bytes that all peers read and write; `environments` gives each peer a place of its own, `workers` runs
it there in a process of its own; `rounds` measures them in turn; `report` and `plots` turn the figures into the pages
of the documentation.
"""
