"""Commands that write the generated modules of `sansio_tl`."""
