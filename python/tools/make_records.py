"""Makes `shuzi/records.py`, the classes of what was read, from the schemas of the JSON.

    python tools/make_records.py            writes it anew
    python tools/make_records.py --check    fails if it would change
"""

from __future__ import annotations

import importlib.util
import json
import keyword
import sys
import textwrap
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent.parent / "python" / "shuzi" / "records.py"

# The schemas, those first that others use.
CLASSES = ["RunnerUp", "RejectReason", "Mark", "Digit", "Number", "Record"]
ENUMS = ["Role"]

HEAD = '''"""What was read, as the command line's JSON has it. Made by `tools/make_records.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias
'''

PLAIN = {"integer": "int", "number": "float", "string": "str", "boolean": "bool"}

Schema = dict[str, Any]


class Maker:
    """Schemas to Python's text."""

    def __init__(self, schemas: dict[str, Schema]) -> None:
        self.schemas = schemas

    def fields(self, schema: Schema) -> tuple[dict[str, Schema], set[str]]:
        """The properties of an object and which of them are always there. A box is `[x, y,
        width, height]`, which its schema does not say."""
        if "$ref" in schema:
            return self.fields(self.schemas[name_of(schema)])
        properties: dict[str, Schema] = {}
        required: set[str] = set()
        for part in schema.get("allOf", []):
            inner, needed = self.fields(part)
            properties |= inner
            required |= needed
        properties |= schema.get("properties", {})
        if "box" in properties:
            properties["box"] = {**properties["box"], "prefixItems": [{"type": "integer"}] * 4}
        return properties, required | set(schema.get("required", []))

    def type_of(self, schema: Schema) -> str:
        """The annotation of a value that is there."""
        schema = without_null(schema)
        if "$ref" in schema:
            return name_of(schema)
        if schema["type"] != "array":
            return PLAIN[schema["type"]]
        if "prefixItems" in schema:
            return f"tuple[{', '.join(map(self.type_of, schema['prefixItems']))}]"
        item = self.type_of(schema["items"])
        return f"tuple[{item}, ...]"

    def value_of(self, schema: Schema, text: str) -> str:
        """The expression that makes the value of `text`, which is JSON's."""
        schema = without_null(schema)
        if "$ref" in schema:
            name = name_of(schema)
            return text if name in ENUMS else f"{name}(**{lower(name)}_fields({text}))"
        if schema["type"] != "array":
            return text
        if "prefixItems" in schema:
            return f"tuple({text})"
        item = self.value_of(schema["items"], "item")
        return f"tuple({text})" if item == "item" else f"tuple({item} for item in {text})"

    def class_of(self, name: str) -> str:
        """A class and the function that makes its fields of JSON."""
        schema = self.schemas[name]
        properties, required = self.fields(schema)
        text = ["@dataclass(frozen=True, kw_only=True)", f"class {name}:"]
        text += [*docs(schema.get("description", name), 1), ""]
        made = []
        for field, own in properties.items():
            assert not keyword.iskeyword(field), field
            kind, default = self.type_of(own), ""
            value = self.value_of(own, f'data["{field}"]')
            if field not in required:
                default = self.default_of(own)
                if default == "None":
                    kind += " | None"
                value = self.value_of(own, f'data["{field}"]')
                plain = value == f'data["{field}"]'
                value = (
                    f'data.get("{field}", {default})'
                    if plain
                    else f'{value} if "{field}" in data else {default}'
                )
                default = f" = {default}"
            text.append(f"    {field}: {kind}{default}")
            text += docs(described(own), 1)
            made.append(f'        "{field}": {value},')
        text += ["", "", f"def {lower(name)}_fields(data: Mapping[str, Any]) -> dict[str, Any]:"]
        text += [f'    """The fields of a `{name}` from its JSON."""', "    return {"]
        return "\n".join([*text, *made, "    }"])

    def default_of(self, schema: Schema) -> str:
        """What a field says that is not there."""
        kind = without_null(schema).get("type")
        if kind == "array" and without_null(schema) == schema:
            return "()"
        return "False" if kind == "boolean" else "None"

    def enum_of(self, name: str) -> str:
        """An alias of the texts that a schema allows."""
        schema = self.schemas[name]
        kinds = schema.get("enum") or [
            kind for one in schema["oneOf"] for kind in one.get("enum", [one.get("const")])
        ]
        lines = [f'    "{kind}",' for kind in kinds]
        text = [f"{name}: TypeAlias = Literal[", *lines, "]"]
        return "\n".join(text + docs(schema.get("description", name), 0))


def name_of(schema: Schema) -> str:
    """The schema that a reference names."""
    return str(schema["$ref"]).rsplit("/", 1)[-1]


def without_null(schema: Schema) -> Schema:
    """The schema of the value, if there is one."""
    if "oneOf" in schema:
        kinds = [one for one in schema["oneOf"] if one.get("type") != "null"]
        return kinds[0] if len(kinds) == 1 else schema
    kind = schema.get("type")
    if isinstance(kind, list):
        [kind] = [one for one in kind if one != "null"]
        return {**schema, "type": kind, "nullable": True}
    return schema


def lower(name: str) -> str:
    """`RunnerUp` as `runner_up`."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


def described(schema: Schema) -> str:
    """What a field's schema says of it, or that of its value."""
    texts = [one.get("description", "") for one in [schema, *schema.get("oneOf", [])]]
    return str(next(filter(None, texts), ""))


def docs(text: str, depth: int) -> list[str]:
    """A docstring, if there is a text. Links of Rust's documentation are plain names here."""
    if not text:
        return []
    indent = "    " * depth
    plain = text.split("\n\n")[0].replace("[`", "`").replace("`]", "`").replace("Reading::", "")
    first, *rest = textwrap.wrap(plain, 90 - len(indent))
    if not rest and len(first) + len(indent) < 84:
        return [f'{indent}"""{first}"""']
    return [f'{indent}"""{first}', *(indent + line for line in rest), f'{indent}"""']


def schemas() -> dict[str, Schema]:
    """The schemas that the compiled module tells; it is loaded by itself, since the package
    needs the file that is made here."""
    package = importlib.util.find_spec("shuzi")
    assert package is not None and package.submodule_search_locations
    folder = Path(package.submodule_search_locations[0])
    [path] = [path for path in folder.glob("_shuzi.*") if path.suffix in (".so", ".pyd")]
    found = importlib.util.spec_from_file_location("_shuzi", path)
    assert found is not None and found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    told: dict[str, Schema] = json.loads(module.openapi_json())["components"]["schemas"]
    return told


def made() -> str:
    """The text of the file."""
    maker = Maker(schemas())
    parts = [HEAD, *map(maker.enum_of, ENUMS), *map(maker.class_of, CLASSES)]
    return "\n\n\n".join(part.strip() for part in parts) + "\n"


def main() -> int:
    """Writes the file, or says whether it would change."""
    text = made()
    if "--check" in sys.argv[1:]:
        return 0 if FILE.read_text(encoding="utf-8") == text else 1
    FILE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
