"""The attacker: on the path, on links of its own, with a client's key, and in a data center. One file each."""
