"""Templates fill texts from columns, and cannot be made to run long or grow large."""

from __future__ import annotations

import time

import pytest

from producers.prompts.errors import TemplateWrong
from producers.prompts.templates import MAX_CELL_CHARS, MAX_TEMPLATE_CHARS, CannotFill, TextTemplate

CELLS = {"city": "Rome", "Product name": "Mug", "row": "r", "empty": ""}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("Hi {{city}}!", "Hi Rome!"),
        ("a\nb\n", "a\nb"),
        ('{{ row["Product name"] }} {{ row }}', "Mug r"),
        ("{{ city|upper|lower }} {{ city ~ '?' }}", "rome Rome?"),
        ("{{ city|truncate(2, true, '') }}", "Ro"),
        ("{{ nothing|default('x') }}{{ 'y' if nothing is defined }}", "x"),
        ("{% if city == 'Rome' and not empty %}a{% else %}b{% endif %}", "a"),
        ("{{ 'in' if city in ['Rome', 'Oslo'] else 'out' }}", "in"),
        ("{# a word to the reader #}{{ '7'|int }}", "7"),
        ("{% raw %}{{ city }}{% endraw %} & <b>", "{{ city }} & <b>"),
    ],
)
def test_a_template_is_filled_from_the_row(template: str, text: str) -> None:
    assert TextTemplate(template).fill(CELLS) == text


def test_what_stands_in_a_cell_is_never_a_template() -> None:
    assert TextTemplate("{{ city }}").fill({"city": "{{ 7 * 7 }}"}) == "{{ 7 * 7 }}"


@pytest.mark.parametrize(
    "template",
    [
        "{% for x in city %}x{% endfor %}",
        "{% set x = city %}",
        "{% macro m() %}{% endmacro %}",
        "{% include 'x' %}",
        "{% filter upper %}x{% endfilter %}",
        "{{ city * 1000000000 }}",
        "{{ 9 ** 99999999 }}",
        "{{ '%999999999d' % 1 }}",
        "{{ 1 + 1 }}",
        "{{ city.upper() }}",
        "{{ ''.__class__ }}",
        "{{ city['__class__'] }}",
        "{{ row[city] }}",
        "{{ range(10) }}",
        "{{ self }}",
        "{{ __row__ }}",
        "{{ city|replace('o', city) }}",
        "{{ city|center(999999999) }}",
        "{{ city|tojson }}",
        "{{ city is callable }}",
        "{{ {'a': city} }}",
        "{{ city[0:2] }}",
        "{{ city" + "|upper" * 500 + " }}",
        "{{ " + "(" * 2_000 + "city" + ")" * 2_000 + " }}",
        "{% if city %}" * 200 + "{% endif %}" * 200,
        "{{ city",
        "{% if city %}",
        "{{ city } }",
        "x" * (MAX_TEMPLATE_CHARS + 1),
    ],
)
def test_what_could_grow_or_reach_out_is_refused_on_one_line(template: str) -> None:
    with pytest.raises(TemplateWrong) as refused:
        TextTemplate(template, place="here")
    assert str(refused.value).startswith("here")
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 300


def test_a_missing_column_is_named_with_the_nearest_that_there_is() -> None:
    with pytest.raises(CannotFill, match=r"wants column cty, .* \(did you mean city\?\)"):
        TextTemplate("{{ other|default('') }}{{ cty }}").fill(CELLS)
    with pytest.raises(CannotFill, match="wants column product name"):
        TextTemplate('{{ row["product name"] }}').fill(CELLS)


@pytest.mark.parametrize("template", ["{{ city > 3 }}", "{{ city|truncate('a') }}", "{{ city|truncate(1) }}"])
def test_what_a_filter_cannot_use_refuses_the_row_and_quotes_no_cell(template: str) -> None:
    with pytest.raises(CannotFill) as refused:
        TextTemplate(template).fill(CELLS)
    assert "Rome" not in str(refused.value)


def test_cells_count_as_often_as_they_are_used() -> None:
    template = TextTemplate("{{ x }}" * 1_000)
    assert len(template.fill({"x": "y" * (MAX_CELL_CHARS // 1_000)})) == MAX_CELL_CHARS
    with pytest.raises(CannotFill, match="1001000 characters"):
        template.fill({"x": "y" * (MAX_CELL_CHARS // 1_000 + 1)})


def test_the_worst_template_and_row_take_seconds_at_most() -> None:
    each = "{{ x|upper|lower|title|trim|capitalize }}"
    template = TextTemplate(each * (MAX_TEMPLATE_CHARS // len(each)))
    cell = "ΐ" * (MAX_CELL_CHARS // (MAX_TEMPLATE_CHARS // len(each)))
    start = time.process_time()
    text = template.fill({"x": cell})
    assert time.process_time() - start < 5
    assert len(text) <= 3 * MAX_CELL_CHARS
