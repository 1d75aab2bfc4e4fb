"""Looking at the protocol: `sansio-tl decode`, `encode` and `describe`."""
