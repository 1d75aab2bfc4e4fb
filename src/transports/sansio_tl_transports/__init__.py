"""I/O adapters for sansio_tl: the only code that uses sockets, clocks, threads or files."""
