"""The schemas as data: `api.tl` and `mtproto.tl`, and additions to their texts (`ids`, `secrets`)."""
