"""One class for each known RPC error, in modules that load when first used."""
