"""`list [EXPERIMENT] [--json]`: the experiments; one's parameters and scalars."""

import argparse
import inspect
from typing import Any

from simulator import parameters
from simulator.commands import shell
from simulator.experiment import AbstractExperiment


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare this command's arguments."""
    parser.add_argument("experiment", metavar="EXPERIMENT", nargs="?", help="say everything about this one")
    parser.add_argument("--json", action="store_true", help="as JSON")


def execute(arguments: argparse.Namespace) -> int:
    """Print the list, or one experiment."""
    from simulator.experiments import EXPERIMENTS
    from simulator.runner import experiment_class

    if arguments.experiment is None:
        described = [describe(kind) for kind in EXPERIMENTS]
        print(shell.dump(described) if arguments.json else overview(described))
        return shell.DONE
    one = describe(experiment_class(arguments.experiment))
    print(shell.dump(one) if arguments.json else details(one))
    return shell.DONE


def describe(kind: type[AbstractExperiment]) -> dict[str, Any]:
    """An experiment with its parameters and scalars, ready for JSON."""
    return {
        "name": kind.name,
        "title": kind.title,
        "doc": inspect.getdoc(kind) or "",
        "parameters": [
            _parameter(each, parameters.usual(kind.Params(), each.name)) for each in parameters.fields(kind.Params)
        ],
        "scalars": dict(kind.scalars),
        "steps": kind.steps_per_run,
    }


def _parameter(each: parameters.Field, usual: str) -> dict[str, Any]:
    """usual: what its default leaves to the program to choose, "" for nothing."""
    param = each.param
    return {
        "name": each.name,
        "symbol": param.symbol,
        "label": param.label,
        "type": each.kind.__name__,
        "default": each.default,
        "usual": usual or None,
        "lo": param.lo,
        "hi": param.hi,
        "choices": list(param.choices),
        "allowed": each.allowed,
        "unit": param.unit,
        "live": param.live,
        "doc": param.doc,
        "applies": {other: list(values) for other, values in param.applies},
    }


def overview(described: list[dict[str, Any]]) -> str:
    """One line an experiment."""
    width = max((len(one["name"]) for one in described), default=0)
    lines = [
        f"{one['name']:<{width}}  {one['doc'].splitlines()[0] if one['doc'] else one['title']}" for one in described
    ]
    return "\n".join([*lines, "", "python main.py list EXPERIMENT says what each takes and measures."])


def details(one: dict[str, Any]) -> str:
    """Everything about one experiment, as text."""
    rows = [
        (p["name"], p["symbol"], _default(p), "live" if p["live"] else "", p["allowed"] + _unit(p), p["doc"])
        for p in one["parameters"]
    ]
    head = ("parameter", "symbol", "default", "", "allowed", "")
    scalars = [(name, line) for name, line in one["scalars"].items()]
    return "\n".join(
        [f"{one['name']}: {one['doc']}", "", *table([head, *rows]), "", *table([("scalar", ""), *scalars])]
    )


def _default(parameter: dict[str, Any]) -> str:
    """The default; where it leaves the choice to the program, that too."""
    value, usual = parameter["default"], parameter["usual"]
    short = f"{value:.6g}" if isinstance(value, float) else str(value)
    return " ".join(part for part in (short, f"({usual})" if usual and not value else "") if part)


def _unit(parameter: dict[str, Any]) -> str:
    return f" {parameter['unit']}" if parameter["unit"] else ""


def table(rows: list[tuple[str, ...]]) -> list[str]:
    """Lines with their columns aligned; the last column runs free."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    widths[-1] = 0
    return ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
