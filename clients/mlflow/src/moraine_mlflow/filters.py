"""Row filters as the JSON expressions of the Iceberg REST specification, such that reading them again gives the same filter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyiceberg.expressions import BooleanExpression
    from pyiceberg.schema import Schema


def to_json(expression: BooleanExpression, schema: Schema, case_sensitive: bool = True) -> Any:
    """The filter as JSON. The schema says what its values are: a day, an instant and bytes look alike as text.

    Raises ValueError for a filter that would not come back as it was.
    """
    from pyiceberg.expressions.visitors import bind

    document = _write(expression, schema, case_sensitive)
    again = from_json(document, schema, case_sensitive)
    if bind(schema, again, case_sensitive) != bind(schema, expression, case_sensitive):
        raise ValueError(f"The row filter cannot be recorded exactly: {expression}")
    return document


def from_json(document: Any, schema: Schema, case_sensitive: bool = True) -> BooleanExpression:
    """The filter that `to_json` wrote."""
    from pyiceberg.expressions import And, BooleanExpression, Not, Or
    from pyiceberg.types import BinaryType, FixedType

    if isinstance(document, dict):
        kind = document.get("type")
        if kind in ("and", "or"):
            sides = [from_json(document[side], schema, case_sensitive) for side in ("left", "right")]
            return And(*sides) if kind == "and" else Or(*sides)
        if kind == "not":
            return Not(from_json(document["child"], schema, case_sensitive))
        if isinstance(schema.find_type(document["term"], case_sensitive), (BinaryType, FixedType)):
            document = dict(document)
            if "value" in document:
                document["value"] = bytes.fromhex(document["value"])
            if "values" in document:
                document["values"] = [bytes.fromhex(value) for value in document["values"]]
    return BooleanExpression.model_validate(document)


def _write(expression: BooleanExpression, schema: Schema, case_sensitive: bool) -> Any:
    from pyiceberg.expressions import And, LiteralPredicate, Not, Or, Reference, SetPredicate, UnboundPredicate

    if isinstance(expression, (And, Or)):
        kind = "and" if isinstance(expression, And) else "or"
        left, right = (_write(side, schema, case_sensitive) for side in (expression.left, expression.right))
        return {"type": kind, "left": left, "right": right}
    if isinstance(expression, Not):
        return {"type": "not", "child": _write(expression.child, schema, case_sensitive)}
    document = expression.model_dump(mode="json")
    if not isinstance(expression, UnboundPredicate):
        return document
    if not isinstance(expression.term, Reference):
        raise ValueError(f"A row filter on anything but a column cannot be recorded: {expression}")
    column = expression.term.name
    kind = schema.find_type(column, case_sensitive)
    document["term"] = column
    if isinstance(expression, LiteralPredicate):
        document["value"] = _value(expression.literal, kind)
    elif isinstance(expression, SetPredicate):
        # Sets have no order of their own, and a digest is made of this.
        document["values"] = sorted((_value(literal, kind) for literal in expression.literals), key=lambda value: (str(type(value)), value))
    return document


def _value(literal: Any, kind: Any) -> Any:
    """A literal as the specification writes values of the column's type."""
    from pyiceberg.expressions.literals import AboveMax, BelowMin
    from pyiceberg.types import BinaryType, DecimalType, FixedType, TimestamptzType, UUIDType

    typed = literal.to(kind)
    if isinstance(typed, (AboveMax, BelowMin)):
        # Beyond what the column can hold; what was given says so again.
        typed = literal
    if isinstance(kind, (BinaryType, FixedType)):
        return bytes(typed.value).hex()
    value = typed.model_dump(mode="json")
    if isinstance(kind, TimestamptzType) and isinstance(value, str) and not value.endswith("+00:00"):
        return value + "+00:00"
    return str(value) if isinstance(kind, (DecimalType, UUIDType)) else value
