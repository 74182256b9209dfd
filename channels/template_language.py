"""The language of message templates: Jinja2 with almost everything taken out, checked when saved.

The sandbox of Jinja2 alone does not stop loops, huge strings or calls. So a source is parsed and every
node of its tree must be on a short list: words, variables of the catalogue, our own filters, ``if`` and
comparisons. What is not listed is refused before it can ever run.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn

from jinja2 import StrictUndefined, TemplateSyntaxError, Undefined, UndefinedError, nodes, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from channels.formats import long_date, money, proper_name, short_date
from engine.findings import Finding

LARGEST_SOURCE_BYTES = 4096
MOST_NODES = 400
LONGEST_LITERAL = 200
LARGEST_NUMBER = 10**15
ALLOWED_NODES: frozenset[type[nodes.Node]] = frozenset(
    {
        nodes.Template,
        nodes.Output,
        nodes.TemplateData,
        nodes.Name,
        nodes.Const,
        nodes.Filter,
        nodes.If,
        nodes.CondExpr,
        nodes.Compare,
        nodes.Operand,
        nodes.And,
        nodes.Or,
        nodes.Not,
    }
)


def check_template(source: str, allowed_variables: frozenset[str], place: str = "body") -> list[Finding]:
    """Everything wrong with a template source; empty when it is safe to save and to run.

    >>> check_template("Hola {{ nombre | sin_dato('cliente') }}", frozenset({"nombre"}))
    []
    >>> [f.code for f in check_template("{{ 'a' * 5000000000 }}", frozenset())]
    ['template.forbidden']
    """
    if len(source.encode()) > LARGEST_SOURCE_BYTES:
        return [_too_long(place)]
    try:
        tree = TEXT.parse(source)
    except (TemplateSyntaxError, RecursionError) as trouble:
        return [_unreadable(place, trouble)]
    found = list(_forbidden(tree, allowed_variables, place))
    return found or _uncompilable(source, place)


def used_variables(source: str) -> frozenset[str]:
    """The variables a source reads; ``TemplateSyntaxError`` when it cannot be parsed.

    >>> sorted(used_variables("{% if monto > 0 %}{{ nombre }}{% endif %}"))
    ['monto', 'nombre']
    """
    return frozenset(node.name for node in _walk(TEXT.parse(source)) if isinstance(node, nodes.Name))


def _forbidden(tree: nodes.Template, allowed: frozenset[str], place: str) -> Iterator[Finding]:
    for count, node in enumerate(_walk(tree), start=1):
        if count > MOST_NODES:
            yield _too_complex(place)
            return
        if type(node) not in ALLOWED_NODES:
            yield _not_listed(place, node)
        elif isinstance(node, nodes.Name):
            yield from _variable(place, node, allowed)
        elif isinstance(node, nodes.Filter):
            yield from _filter(place, node)
        elif isinstance(node, nodes.Const):
            yield from _literal(place, node)


def _walk(tree: nodes.Node) -> Iterator[nodes.Node]:
    """Every node, parents first, without recursion: a hostile tree may be deep."""
    left = [tree]
    while left:
        node = left.pop()
        yield node
        left.extend(node.iter_child_nodes())


def _variable(place: str, node: nodes.Name, allowed: frozenset[str]) -> Iterator[Finding]:
    if node.name not in allowed or node.ctx != "load":
        yield Finding(
            "template.unknown_variable",
            f"{place}:{node.lineno}",
            f"No existe la variable «{node.name}»",
            f"There is no variable “{node.name}”",
            hint=", ".join(sorted(allowed)),
        )


def _filter(place: str, node: nodes.Filter) -> Iterator[Finding]:
    plain = all(isinstance(argument, nodes.Const) for argument in node.args)
    if node.name not in FILTERS or not plain or node.kwargs or node.dyn_args or node.dyn_kwargs:
        yield Finding(
            "template.forbidden_filter",
            f"{place}:{node.lineno}",
            f"El filtro «{node.name}» no se puede usar así",
            f"The filter “{node.name}” cannot be used like this",
            hint=", ".join(sorted(FILTERS)),
        )
    elif len(node.args) != (node.name == "sin_dato") or (node.args and not _fallback_text(node)):
        yield Finding(
            "template.filter_arguments",
            f"{place}:{node.lineno}",
            f"«{node.name}» lleva "
            + ("un texto entre comillas" if node.name == "sin_dato" else "cero datos"),
            f"“{node.name}” takes " + ("one quoted text" if node.name == "sin_dato" else "no argument"),
        )


def _fallback_text(node: nodes.Filter) -> str:
    (argument,) = node.args
    return argument.value if isinstance(argument, nodes.Const) and isinstance(argument.value, str) else ""


def _literal(place: str, node: nodes.Const) -> Iterator[Finding]:
    value = node.value
    too_long = isinstance(value, str) and len(value) > LONGEST_LITERAL
    too_large = isinstance(value, int | float) and not abs(value) <= LARGEST_NUMBER
    if too_long or too_large:
        yield Finding(
            "template.literal_too_large",
            f"{place}:{node.lineno}",
            "Un texto o número escrito en la plantilla es demasiado grande",
            "A text or number written in the template is too large",
        )


def _uncompilable(source: str, place: str) -> list[Finding]:
    try:
        TEXT.from_string(source)
    except (TemplateSyntaxError, SyntaxError, RecursionError, MemoryError) as trouble:
        return [_unreadable(place, trouble)]
    return []


def _not_listed(place: str, node: nodes.Node) -> Finding:
    kind = type(node).__name__
    return Finding(
        "template.forbidden",
        f"{place}:{node.lineno}",
        f"«{kind}» no se permite: solo variables, filtros propios, «if» y comparaciones",
        f"“{kind}” is not allowed: only variables, our filters, “if” and comparisons",
    )


def _too_long(place: str) -> Finding:
    return Finding(
        "template.source_too_long",
        place,
        f"La plantilla pasa de {LARGEST_SOURCE_BYTES} bytes",
        f"The template is longer than {LARGEST_SOURCE_BYTES} bytes",
    )


def _too_complex(place: str) -> Finding:
    return Finding(
        "template.too_complex",
        place,
        f"La plantilla tiene más de {MOST_NODES} piezas",
        f"The template has more than {MOST_NODES} pieces",
    )


def _unreadable(place: str, trouble: BaseException) -> Finding:
    line = getattr(trouble, "lineno", None) or 1
    return Finding(
        "template.syntax",
        f"{place}:{line}",
        f"No se entiende la plantilla: {trouble}",
        f"The template cannot be read: {trouble}",
    )


def _is_missing(value: object) -> bool:
    return isinstance(value, Undefined) or value is None or value == ""


def _say_money(context: Context, minor_units: Any) -> Any:
    if _is_missing(minor_units):
        return minor_units
    return money(int(minor_units), str(context["moneda"]), str(context["pais"]))


def _say_unless_missing(say: Callable[[str], str]) -> Callable[[Any], Any]:
    def filtered(value: Any) -> Any:
        return value if _is_missing(value) else say(str(value))

    return filtered


def _fallback(value: Any, text: str) -> Any:
    return text if _is_missing(value) else value


def _there_is(value: Any) -> bool:
    return not _is_missing(value)


def _refuse_none(value: Any) -> Any:
    return _refuse() if value is None else value


def _refuse() -> NoReturn:
    raise UndefinedError("a value is missing")


FILTERS: Mapping[str, Callable[..., Any]] = {
    "dinero": pass_context(_say_money),
    "fecha": _say_unless_missing(short_date),
    "fecha_larga": _say_unless_missing(long_date),
    "nombre_propio": _say_unless_missing(proper_name),
    "mayusculas": _say_unless_missing(str.upper),
    "sin_dato": _fallback,
    "hay": _there_is,
}
"""Every filter an author may use. All keep a missing value missing, so that ``sin_dato`` can speak."""


def _environment(*, escapes_html: bool) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, autoescape=escapes_html, finalize=_refuse_none, cache_size=0
    )
    environment.filters = dict(FILTERS)
    environment.globals.clear()
    environment.tests.clear()
    return environment


TEXT = _environment(escapes_html=False)
HTML = _environment(escapes_html=True)
