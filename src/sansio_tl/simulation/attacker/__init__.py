"""The attacker: on the way, on links of its own, behind a client's key, and in a data center. One file each."""
