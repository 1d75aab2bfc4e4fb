"""The TL language: schema text -> combinators -> Python; encoding and decoding. Independent of Telegram's schema."""
