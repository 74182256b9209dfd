"""What an author may write, and that nothing else is ever saved, however clever."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.template_language import TEXT, check_template
from channels.templates import VARIABLES

ATTACKS = {
    "nested loops": "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "a huge string": "{{ 'a' * 5000000000 }}",
    "a printf width": "{{ '%02000000000d' % 1 }}",
    "the format filter": "{{ '%02000000000d' | format(1) }}",
    "ljust": "{{ nombre.ljust(2000000000) }}",
    "center": "{{ nombre | center(2000000000) }}",
    "str.format": "{{ '{:>2000000000}'.format(1) }}",
    "a replace bomb": "{{ 'aaaa'.replace('a', 'aaaaaaaa').replace('a', 'aaaaaaaa') }}",
    "the replace filter": "{{ nombre | replace('', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa') }}",
    "a call on an object": "{{ debtor.delete() }}",
    "a dunder": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "the attr filter": "{{ nombre | attr('__class__') }}",
    "an attribute": "{{ nombre.upper }}",
    "a subscript": "{{ nombre['__class__'] }}",
    "a power": "{{ 9 ** 9 ** 9 }}",
    "a macro that calls itself": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "an import": "{% import 'x' as x %}",
    "an include": "{% include '/etc/passwd' %}",
    "extends": "{% extends 'base' %}",
    "set": "{% set x = nombre %}{{ x }}",
    "doubling by concatenation": "{{ nombre ~ nombre }}",
    "lipsum": "{{ lipsum(n=1000000) }}",
    "globals": "{{ cycler.__init__.__globals__ }}",
    "self": "{{ self }}",
    "a filter with a variable argument": "{{ nombre | sin_dato(creditor) }}",
    "a filter block": "{% filter mayusculas %}{{ nombre }}{% endfilter %}",
    "a list": "{{ [1, 2, 3] }}",
    "a range of text": "{{ nombre[:1] }}",
    "a test with a call": "{{ nombre is sameas(creditor) }}",
    "a huge number": "{{ 99999999999999999999999999 }}",
    "a not-a-number": "{{ 1e999 }}",
    "a long literal": "{{ '" + "a" * 300 + "' }}",
    "a call block": "{% call nombre() %}{% endcall %}",
    "with": "{% with a = 1 %}{{ a }}{% endwith %}",
    "an unknown variable": "{{ saldo_secreto }}",
    "a mistake": "{{ nombre ",
    "a fallback without a text": "{{ nombre | sin_dato }}",
    "an empty fallback": "{{ nombre | sin_dato('') }}",
    "an arithmetic operation": "{{ monto + 1 }}",
}


@pytest.mark.criterion("R15")
@pytest.mark.parametrize("source", ATTACKS.values(), ids=ATTACKS)
def test_it_is_refused_when_saved(source: str) -> None:
    findings = check_template(source, VARIABLES)
    assert findings and all(finding.blocks and finding.message_es for finding in findings)


def deep(opening: str, closing: str, depth: int) -> str:
    return "{{ " + opening * depth + "monto" + closing * depth + " }}"


@pytest.mark.parametrize(
    "source",
    [
        deep("(", ")", 2000),
        deep("not ", "", 900),
        deep("(not ", ")", 500),
        "{{ monto" + " | sin_dato('x')" * 240 + " }}",
        "{% if monto %}" * 200 + "{% endif %}" * 200,
        "{{ monto }}" * 380,
        "x" * 4097,
        "ñ" * 2049,
    ],
    ids=["brackets", "nots", "bracketed nots", "filters", "ifs", "outputs", "long", "long in bytes"],
)
def test_a_source_too_deep_or_too_long_is_refused_at_once(source: str) -> None:
    before = time.process_time()
    assert check_template(source, VARIABLES)
    assert time.process_time() - before < 0.5


@pytest.mark.parametrize(
    "source",
    [
        "Hola {{ nombre | nombre_propio | sin_dato('cliente') }}, debe {{ monto | dinero }}.",
        "{% if dias_mora > 30 and not n_cuentas > 1 %}A{% elif dias_mora == 1 %}B{% else %}C{% endif %}",
        "{% if link_pago | hay %}Pague en {{ link_pago }}{% endif %}",
        "{{ 'su cuenta' if n_cuentas == 1 else 'sus cuentas' }}",
        "Sin variables: 100 % {# una nota #} seguro",
    ],
)
def test_what_authors_need_is_allowed(source: str) -> None:
    assert check_template(source, VARIABLES) == []


def test_every_mistake_is_told_with_its_line() -> None:
    found = check_template("{{ nombre * 2 }}\n{{ saldo }}\n{{ monto | format }}", VARIABLES, "html")
    assert [(f.code, f.place) for f in sorted(found, key=lambda f: f.place)] == [
        ("template.forbidden", "html:1"),
        ("template.unknown_variable", "html:2"),
        ("template.forbidden_filter", "html:3"),
    ]


PIECES = st.sampled_from(
    [
        *ATTACKS.values(),
        "{{",
        "}}",
        "{%",
        "%}",
        "nombre",
        "|",
        "(",
        ")",
        "'",
        "if",
        "endif",
        "*",
        ".",
        "[",
        "]",
    ]
)


@given(st.lists(PIECES, max_size=8).map(" ".join))
def test_checking_never_raises_and_what_passes_compiles(source: str) -> None:
    if not check_template(source, VARIABLES):
        TEXT.from_string(source)
