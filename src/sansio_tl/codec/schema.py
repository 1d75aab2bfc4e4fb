"""`Schema` for users: schemas at run time, which hide the same secret fields as the shipped schema."""

from __future__ import annotations

from sansio_tl.schema.secrets import is_secret
from sansio_tl.tl import schema
from sansio_tl.tl.parser import parse
from sansio_tl.tl.runtime_compiler import IsSecret


class Schema(schema.BaseSchema):
    """A schema parsed from text: its `types`, its `functions` and its codec. Created by `Schema.parse`.

    Its values behave like the shipped ones and belong to it alone: the codec of another schema rejects them.
    """

    @classmethod
    def parse(cls, text: str, *, is_secret: IsSecret = is_secret) -> Schema:
        """Create a schema from its text. Raises SchemaError with the line of the error.

        `is_secret(combinator, field)` decides which strings and bytes are hidden in reprs: by default the same names as
        in the shipped schema. Declared ids are taken as they are; where one is missing it is computed from the
        declaration. Types that nothing constructs are allowed: values of them cannot be decoded.
        """
        return cls(parse(text), is_secret)
