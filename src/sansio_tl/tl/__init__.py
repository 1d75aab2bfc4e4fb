"""The TL language: schema text -> combinators -> Python; encode and decode. Knows nothing of Telegram."""
