"""Slips inside a formula: a solution is changed in one place, in all the ways in which
a formula is often got wrong, until it gives what a learner's answer gives."""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from types import CodeType
from typing import Any

CALLS = {                          # functions that are forgotten, or taken for another
    "log": "logarithm", "exp": "exponential", "sqrt": "root", "square": "square",
    "abs": "absolute value", "sigmoid": "sigmoid", "tanh": "tanh", "relu": "ReLU",
    "sum": "sum", "mean": "mean", "amax": "maximum", "amin": "minimum", "softmax":
    "softmax", "clamp": "clamp", "prod": "product", "cumsum": "running sum",
    "maximum": "maximum of two", "minimum": "minimum of two", "median": "median"}
ALIKE = [{"sum", "mean", "amax", "amin", "prod", "median"}, {"maximum", "minimum"},
         {"sigmoid", "tanh", "relu"}, {"square", "abs", "sqrt"}, {"log", "exp"}]
WRAPPED = {"square": ".square()", "root": ".sqrt()", "absolute value": ".abs()",
           "logarithm": ".log()", "sigmoid": ".sigmoid()", "tanh": ".tanh()",
           "exponential": ".exp()", "softmax": ".softmax(-1)", "minus": " * -1",
           "factor 2": " * 2", "factor 1/2": " / 2", "+ 1": " + 1", "- 1": " - 1"}
SIGNS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//"}
OTHER_SIGNS = {ast.Add: [ast.Sub, ast.Mult], ast.Sub: [ast.Add], ast.Mult:
               [ast.Add, ast.Div], ast.Div: [ast.Mult, ast.Sub, ast.FloorDiv]}


@cache
def mutants(solution: Callable) -> list[tuple[str, Callable]]:
    """Return (what is wrong, function) for each change of a solution in one place.

    What the solution calls in its own file is changed, too. There are none of what has
    a loop, or no source."""
    try:
        family = _family(solution)
    except (OSError, TypeError, SyntaxError):
        return []
    if any(isinstance(node, ast.For | ast.While)
           for tree in family for node in ast.walk(tree)):
        return []
    codes, found = [_compiled(tree) for tree in family], []
    for _, says, i, code in sorted(_changes(family), key=lambda change: change[0]):
        space = dict(solution.__globals__)
        with suppress(Exception):
            for part in [*codes[:i], code, *codes[i + 1:]]:
                exec(part, space)
            found.append((says, space[solution.__name__]))
    return found


def _compiled(tree: ast.stmt) -> CodeType:
    return compile(ast.fix_missing_locations(ast.Module([tree], [])), "mutant", "exec")


def _family(solution: Callable) -> list[ast.FunctionDef]:
    """Return the source of a function and of all that it calls in its file."""
    found, todo = {}, [solution]
    while todo:
        function = todo.pop()
        tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
        if not isinstance(tree, ast.FunctionDef):
            raise TypeError(f"{function} is no function of its own.")
        tree.body = [part for part in tree.body if not isinstance(part, ast.Expr)]
        tree.returns = None
        for argument in tree.args.args:
            argument.annotation = None
        found[function.__name__] = tree
        for node in ast.walk(tree):
            other = solution.__globals__.get(getattr(node, "id", None))
            if (inspect.isfunction(other) and other.__name__ not in found
                    and other.__module__ == solution.__module__):
                todo.append(other)
    return [*found.values()]


def _changes(family: list) -> Iterator[tuple[int, str, int, CodeType]]:
    """Yield (rank, what is wrong, number of the function, its code) for each change in
    one place."""
    for i, tree in enumerate(family):
        names = [argument.arg for argument in tree.args.args]
        for node in [*ast.walk(tree)]:
            for change, rank, says in _changed(node, names):
                _Exchange(node, change).visit(tree)
                with suppress(Exception):
                    yield rank, says, i, _compiled(tree)
                _Exchange(change, node).visit(tree)


class _Exchange(ast.NodeTransformer):
    """Puts one node in the place of another."""

    def __init__(self, old: ast.AST, new: ast.AST):
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self.new if node is self.old else self.generic_visit(node)


def _changed(node: Any, names: list[str]) -> Iterator[tuple]:
    """Yield (node, rank, what is wrong) for what may stand in place of a node."""
    match node:
        case ast.BinOp():
            yield from _joined(node)
        case ast.UnaryOp(ast.USub(), operand):
            yield operand, 0, "a minus is missing."
        case ast.Name(name) if name in names:
            yield from ((ast.Name(other, ast.Load()), 2,
                         f"there is {other} where {name} belongs.")
                        for other in names if other != name)
        case ast.Call(ast.Attribute()):
            yield from _called(node)
        case ast.Constant(int() | float() as number):
            yield from ((ast.Constant(other), 3,
                         f"there is {other} where {number} belongs.")
                        for other in {0, 1, 2, -1, number + 1, number - 1} - {number})
    if isinstance(node, ast.BinOp | ast.Call) or getattr(node, "id", None) in names:
        yield from _wrapped(node)


def _joined(node: ast.BinOp) -> Iterator[tuple]:
    """Yield a sum or product with another sign, without a part, or turned round."""
    left, sign, right = node.left, node.op, node.right
    for other in OTHER_SIGNS.get(type(sign), ()):
        yield (ast.BinOp(left, other(), right), 0,
               f"there is {SIGNS[other]} where {SIGNS[type(sign)]} belongs.")
    if isinstance(sign, ast.Sub | ast.Div):
        yield (ast.BinOp(right, sign, left), 0,
               f"the two sides of a {SIGNS[type(sign)]} are exchanged.")
    what = "term" if isinstance(sign, ast.Add | ast.Sub) else "factor"
    yield from ((part, 1, f"a {what} is missing.") for part in (left, right))


def _called(node: Any) -> Iterator[tuple]:
    """Yield a call without its function, or with one that is like it."""
    value, name = node.func.value, node.func.attr
    if name in CALLS and getattr(value, "id", None) != "torch":
        yield value, 1, f"the {CALLS[name]} is missing."
    for other in sorted(set().union(*(group for group in ALIKE if name in group))):
        if other != name:
            yield (ast.Call(ast.Attribute(value, other, ast.Load()), node.args,
                            node.keywords), 0,
                   f"there is the {CALLS[other]} where the {CALLS[name]} belongs.")


def _wrapped(node: ast.expr) -> Iterator[tuple]:
    """Yield a node with something more around it."""
    for what, code in WRAPPED.items():
        yield (ast.parse(f"({ast.unparse(node)}){code}", mode="eval").body, 4,
               f"there is one {what} too many.")
