"""The commands that inspect the protocol: `sansio-tl decode`, `encode` and `describe`."""
