"""The drivers of docs/examples/loops, and the adapters under foreign loops, against `sansio-tl serve`."""
