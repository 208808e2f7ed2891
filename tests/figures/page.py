"""One page of all figures beside their targets, the answer first; it fetches nothing."""

from pathlib import Path

from jinja2 import Environment

from figures import Figure

TEMPLATE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Figures beside their targets</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
         color: #1a1a1a; background: #fff }
  table { border-collapse: collapse; width: 100% }
  th, td { text-align: left; padding: .2rem .6rem; border-bottom: 1px solid #ddd }
  .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
  .missed { background: #fbe3d6; font-weight: 600 }
  .scroll { overflow-x: auto }
  pre { font-size: .8rem; color: #444 }
  @media print { body { max-width: none; margin: 0 } pre { white-space: pre-wrap } }
</style>
<h1>{{ answer }}</h1>
{% if missed %}<p>Missed, or not run:</p>
<ul>{% for name, figure in missed %}<li><a href="#{{ name }}">{{ name }}</a>: {{ figure.what }},
{{ figure.measured }} instead of {{ figure.limit }}</li>{% endfor %}</ul>{% endif %}
{% for name, lines in shown.items() %}
<h2 id="{{ name }}">{{ name }}</h2>
<div class="scroll"><table>
<tr><th>figure</th><th class="number">value</th><th class="number">target</th><th></th></tr>
{% for figure in lines | select("figure") %}
<tr{% if not figure.met %} class="missed"{% endif %}><td>{{ figure.what }}</td>
<td class="number">{{ figure.measured }}</td>
<td class="number">{{ figure.limit }}</td>
<td>{{ "met" if figure.met else "missed" }}</td></tr>
{% endfor %}
</table>
{% set texts = lines | reject("figure") | list %}
{% if texts %}<details><summary>Not judged</summary><pre>{{ texts | join("\n") }}</pre></details>
{% endif %}</div>
{% endfor %}
</html>
"""


def write_page(path, shown):
    """Write the page of what was shown of every choice: figures, and lines of text."""
    environment = Environment(autoescape=True, trim_blocks=True)
    environment.tests["figure"] = lambda line: isinstance(line, Figure)
    figures = [(name, line) for name, lines in shown.items() for line in lines
               if isinstance(line, Figure)]  # fmt: skip
    missed = [(name, figure) for name, figure in figures if not figure.met]
    answer = f"{len(figures) - len(missed)} of {len(figures)} figures reach their targets"
    page = environment.from_string(TEMPLATE)
    Path(path).write_text(page.render(answer=answer, missed=missed, shown=shown))
