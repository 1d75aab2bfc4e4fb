"""The attacker: on the path, on connections of its own, with a client's key, and in a data center. One file each."""
