"""The schemas of the tools' arguments, as clients read them."""

from __future__ import annotations

import json

import jsonschema
import pytest

from cellbridge.mcp.tools import TOOLS


@pytest.mark.parametrize("name", TOOLS)
def test_a_schema_is_whole_and_describes_its_arguments(name: str) -> None:
    schema = TOOLS[name].schema
    jsonschema.Draft202012Validator.check_schema(schema)
    assert "$ref" not in json.dumps(schema)
    assert schema["type"] == "object"
    for argument in schema["properties"].values():
        assert argument["description"].endswith("."), argument


def test_filters_of_a_table_are_checked() -> None:
    given = {"script": "a.py", "name": "frame"}
    condition = {"column": "n", "operator": "gt", "value": "3"}
    validator = jsonschema.Draft202012Validator(TOOLS["table"].schema)
    assert validator.is_valid({**given, "filters": [condition]})
    assert not validator.is_valid({**given, "filters": [{**condition, "operator": "over"}]})
    read = TOOLS["table"].read_arguments({**given, "filters": [condition]})
    assert read.filters[0].operator == "gt"
