"""The schemas as data: `api.tl` and `mtproto.tl`, and what their texts do not say (`ids`, `secrets`)."""
