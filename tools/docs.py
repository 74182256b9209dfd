"""Writes the pages of docs/ that follow from the code: the strategy format, the facts, the map of the house.

python -m tools.docs
"""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from engine.conditions import OPERATORS
from engine.facts import CATALOGUE
from engine.plan import PRESET_EXITS
from engine.strategy.document import SMALLEST, json_schema
from engine.strategy.nodes import NODE_KINDS, Node

ROOT = Path(__file__).resolve().parent.parent
WRITTEN = "<!-- Written by `python -m tools.docs`; change the code, not this page. -->"
MAP_BEGINS, MAP_ENDS = "<!-- map: begin -->", "<!-- map: end -->"

_WHEN = {"fact": "days_past_due", "op": ">=", "value": 1}
SAMPLES: Mapping[str, dict[str, Any]] = {
    "segment": {"when": _WHEN},
    "wait": {"until": {"type": "event", "events": ["reply", "payment"], "days": 3}},
    "channel": {"channel": "whatsapp", "variants": [{"template": "mora_1_30_whatsapp_a"}]},
    "notice": {"notice": "arrears", "channel": "email", "template": "aviso_email"},
    "condition": {"branches": [{"port": "alto", "when": _WHEN}]},
    "split": {
        "experiment": "mora.camino",
        "arms": [{"port": "a", "weight": 90}, {"port": "b", "weight": 10}],
    },
    "escalate": {"target": "agent", "queue": {"name": "mesa"}, "results": ["promesa"]},
    "offer": {"offer": "plan", "instalments": 3, "valid_days": 7},
    "account_action": {"action": "suspend"},
    "label": {"label": "contactado"},
    "handover": {"strategy": "mora-31-60"},
    "end": {"outcome": "ciclo_completo"},
}
"""The smallest node of each kind, shown in the docs with its ports."""


def pages() -> dict[str, str]:
    """Every generated file by its path from the root."""
    architecture = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    return {
        "docs/strategy-format.md": strategy_format(),
        "docs/strategy.schema.json": json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n",
        "docs/facts.md": facts(),
        "docs/architecture.md": with_map(architecture),
    }


# -- the strategy document -----------------------------------------------------------------------


def strategy_format() -> str:
    """The page about the strategy document: its keys, its node kinds, its conditions."""
    schema = json_schema()
    kinds = {name: schema["$defs"][model.__name__] for name, model in NODE_KINDS.items()}
    models = {model.__name__ for model in NODE_KINDS.values()}
    parts = {name: part for name, part in schema["$defs"].items() if name not in models}
    lines = [
        "# The strategy document",
        "",
        WRITTEN,
        "",
        "A strategy is one JSON document. Unknown keys are refused, and so are two equal keys in one object.",
        "`layout` and `notes` live beside the meaning: they never change its content hash. The same in",
        "machine form: [strategy.schema.json](strategy.schema.json). The facts: [facts.md](facts.md).",
        "",
        "The smallest document with a meaning:",
        "",
        "```json",
        json.dumps(json.loads(SMALLEST), indent=2, ensure_ascii=False),
        "```",
        "",
        "## Keys of the document",
        "",
        *_fields(schema),
        "",
        "`exit_when` is a condition or the name of a preset: "
        + ", ".join(f"`{name}`" for name in ("mora", *PRESET_EXITS))
        + ". *mora*: the amount to",
        "cure is at most the portfolio's minimum worth working. The others:",
        "",
        *(f"- `{name}`: `{json.dumps(condition)}`" for name, condition in PRESET_EXITS.items()),
        "",
        "## Node kinds",
        "",
        "Every node has an `id` (it keeps its meaning over all versions), a `kind` and a `name`.",
        "",
        *(line for kind in NODE_KINDS for line in _kind(kind, NODE_KINDS[kind], kinds[kind])),
        "## Parts of nodes",
        "",
        *(line for name, part in sorted(parts.items()) if "properties" in part for line in _part(name, part)),
        "## Conditions",
        "",
        '`{"all": [...]}`, `{"any": [...]}`, `{"not": ...}`, or one comparison:',
        '`{"fact": "days_past_due", "op": "between", "value": [1, 30]}`. A comparison with an unknown fact',
        "is unknown, so is its `not`, and a branch is taken only when its condition is true.",
        "",
        "| type of the fact | operators |",
        "|---|---|",
        *(f"| {kind} | {' '.join(f'`{op}`' for op in operators)} |" for kind, operators in OPERATORS.items()),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _kind(kind: str, model: type[Node], schema: Mapping[str, Any]) -> Iterator[str]:
    node = model.model_validate({"id": "nodo", "kind": kind, **SAMPLES[kind]})
    yield f"### `{kind}` — {model.title_es} ({model.title_en})"
    yield ""
    yield f"{model.meaning} {_told(model.__doc__)}"
    yield ""
    yield f"Example: `{json.dumps(SAMPLES[kind], ensure_ascii=False)}`"
    yield ""
    yield "Ports of the example: " + (", ".join(f"`{port}`" for port in node.ports()) or "none") + "."
    yield ""
    yield from _fields(schema, ("id", "kind", "name"))
    yield ""


def _part(name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    yield f"### {name}"
    yield ""
    if "description" in schema:
        yield _told(schema["description"])
        yield ""
    yield from _fields(schema)
    yield ""


def _fields(schema: Mapping[str, Any], besides: tuple[str, ...] = ()) -> list[str]:
    shown = {name: each for name, each in schema.get("properties", {}).items() if name not in besides}
    required = schema.get("required", ())
    rows = []
    for name, each in shown.items():
        default = (
            "required" if name in required else f"`{json.dumps(each.get('default'), ensure_ascii=False)}`"
        )
        rows.append(f"| `{name}` | {_type(each)} | {default} |")
    return ["| key | value | default |", "|---|---|---|", *rows] if rows else []


def _type(schema: Mapping[str, Any]) -> str:
    """The values a key takes, in words."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return " ".join(f"`{value}`" for value in schema["enum"])
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        return _named(" or ".join(dict.fromkeys(_type(choice) for choice in choices)))
    if schema.get("type") == "array" and "prefixItems" in schema:
        return "[" + ", ".join(_type(item) for item in schema["prefixItems"]) + "]"
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}" + _limits(schema, "minItems", "maxItems")
    if schema.get("type") == "object":
        return f"object of {_type(schema.get('additionalProperties') or {})}"
    return str(schema.get("type", "any value")) + _limits(schema, "minimum", "maximum")


def _named(choices: str) -> str:
    """Unions with a name of their own are called by it."""
    nodes = " or ".join(model.__name__ for model in NODE_KINDS.values())
    return choices.replace("AllOf or AnyOf or Not or Presence or Comparison", "condition").replace(
        nodes, "node"
    )


def _limits(schema: Mapping[str, Any], least: str, most: str) -> str:
    if least in schema and most in schema:
        return f", {schema[least]} to {schema[most]}"
    if most in schema:
        return f", at most {schema[most]}"
    return f", at least {schema[least]}" if least in schema else ""


# -- facts ---------------------------------------------------------------------------------------


def facts() -> str:
    """The catalogue as a page, one table per group."""
    lines = [
        "# Facts",
        "",
        WRITTEN,
        "",
        "What a rule may ask about an account. Money is in minor units of the account's currency. Facts that",
        "depend on the day are derived from dates, never stored. Personal facts never enter snapshots.",
    ]
    for group, members in groupby(CATALOGUE.values(), key=lambda fact: fact.group):
        lines += ["", f"## {group.capitalize()}", "", "| fact | type | español | English | meaning |"]
        lines += ["|---|---|---|---|---|"]
        for fact in members:
            words = f" One of: {', '.join(filter(None, fact.values))}." if fact.values else ""
            personal = " *Personal.*" if fact.personal else ""
            unit = f", {fact.unit}" if fact.unit else ""
            lines.append(
                f"| `{fact.name}` | {fact.type.value}{unit} | {fact.label_es} | {fact.label_en} |"
                f" {fact.meaning}{words}{personal} |"
            )
    return "\n".join(lines) + "\n"


# -- the map of the house ------------------------------------------------------------------------


def with_map(page: str) -> str:
    """The architecture page with its map of the rooms as the modules stand today."""
    before, _, rest = page.partition(MAP_BEGINS)
    _, _, after = rest.partition(MAP_ENDS)
    return "\n".join([before + MAP_BEGINS, "", *_rooms(), MAP_ENDS]) + after


def _rooms() -> Iterator[str]:
    for room in ("engine", "storage", "channels", "api", "builder"):
        yield f"### {room}/"
        yield ""
        yield _sentence(ROOT / room / "__init__.py")
        yield ""
        yield "| module | its one sentence |"
        yield "|---|---|"
        for entry in sorted((ROOT / room).iterdir()):
            file = entry / "__init__.py" if entry.is_dir() else entry
            if file.suffix == ".py" and file.is_file() and entry.name not in ("__init__.py", "__main__.py"):
                name = f"{entry.name}/" if entry.is_dir() else entry.name
                yield f"| `{name}` | {_sentence(file)} |"
        yield ""


def _sentence(file: Path) -> str:
    told = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return _first_paragraph(told)


def _first_paragraph(text: str | None) -> str:
    return " ".join((text or "").split("\n\n")[0].split())


def _told(text: str | None) -> str:
    """The first paragraph of a docstring without its references to the design."""
    return re.sub(r" \(03,[^)]*\)", "", _first_paragraph(text))


def main() -> None:
    """Write every generated page."""
    for name, text in pages().items():
        (ROOT / name).write_text(text, encoding="utf-8")
        print(f"  {name}")


if __name__ == "__main__":
    main()
