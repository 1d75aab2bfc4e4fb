"""`Schema` for users: schemas at run time, with the shipped knowledge of which fields are secret."""

from __future__ import annotations

from sansio_tl.schema.secrets import is_secret
from sansio_tl.tl import schema
from sansio_tl.tl.parser import parse
from sansio_tl.tl.runtime_compiler import IsSecret


class Schema(schema.BaseSchema):
    """A schema that was parsed from text: its `types`, its `functions` and its codec. Made by `Schema.parse`.

    Its values behave like the shipped ones and belong to it alone: the codec of another schema refuses them.
    """

    @classmethod
    def parse(cls, text: str, *, is_secret: IsSecret = is_secret) -> Schema:
        """Make a schema from its text. Raises SchemaError, with the line at fault.

        `is_secret(combinator, field)` says which strings and bytes never show in a repr: by default the same names as
        in the shipped schema. Declared ids are taken as they are; where one is missing it is computed from the
        declaration. Types that nothing constructs are allowed: values of them cannot be decoded.
        """
        return cls(parse(text), is_secret)
