"""The `sansio-tl` command."""
