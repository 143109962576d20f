"""The statements of a notebook that an answer needs, found without running any."""

import ast
import json
import symtable
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LARGEST = 50 * 2 ** 20             # bytes of a notebook


@dataclass(frozen=True)
class Statement:
    """A statement of a code cell, outside of functions.

    place:   of its cell in the notebook; cell: all that the cell says
    gives, takes, changes: the names of the notebook that it gives values, takes values
             of, or changes, as fit(model, ...) and answers.append(3) do
    imports: those that it gives by an import; seeds: whether it seeds random numbers
    broken:  what is wrong with its cell as Python, or nothing"""

    place: int
    cell: str
    source: str = ""
    gives: frozenset = frozenset()
    takes: frozenset = frozenset()
    changes: frozenset = frozenset()
    imports: frozenset = frozenset()
    seeds: bool = False
    broken: str = ""


def read(path: Path) -> list[dict]:
    """Return the cells of a notebook, their source as one text.

    Raises ValueError, in a sentence, for a file that is no notebook."""
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError(f"{path.name} is larger than 50 MB, and was not read.")
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        return [{**cell, "source": "".join(cell["source"])} for cell in cells]
    except (OSError, KeyError, TypeError, RecursionError, UnicodeDecodeError,
            json.JSONDecodeError) as error:
        raise ValueError(f"{path.name} is no notebook, or is damaged "
                         f"({type(error).__name__}); save it again.") from error


def understand(notebook: list[dict]) -> list[Statement]:
    """Return the statements of a notebook, with the names that each has to do with."""
    return [statement for place, cell in enumerate(notebook)
            if cell.get("cell_type") == "code"
            for statement in statements(place, "".join(cell["source"]))]


def statements(place: int, cell: str) -> Iterator[Statement]:
    """Yield the statements of a cell, without those that only Jupyter understands."""
    plain = "\n".join(line[:len(line) - len(line.lstrip())] + "pass"
                      if line.lstrip().startswith(("%", "!")) else line
                      for line in cell.splitlines())
    try:
        for node in ast.parse(plain).body:
            yield statement_of(place, cell, node)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        said = getattr(error, "msg", None) or type(error).__name__
        yield Statement(place, cell, broken=f"Cell {place} is no Python: {said}.")


def statement_of(place: int, cell: str, node: ast.stmt) -> Statement:
    source = ast.unparse(node)
    table = symtable.symtable(source, "cell", "exec")
    names = table.get_symbols()
    imports = frozenset(name.get_name() for name in names if name.is_imported())
    gives = frozenset(name.get_name() for name in names if name.is_assigned())
    takes = frozenset(taken(table))
    by_hand = isinstance(node, ast.For | ast.While) and calls(node, "step", "backward")
    return Statement(place, cell, source, gives | imports, takes,
                     takes if by_hand else frozenset(changed(node)), imports,
                     isinstance(node, ast.Expr) and calls(node, "seed", "manual_seed"))


def taken(table: symtable.SymbolTable) -> set[str]:
    """Return the names that a table, and the functions in it, take of the notebook."""
    top = table.get_type() == "module"
    own = {symbol.get_name() for symbol in table.get_symbols()
           if symbol.is_referenced() and (top or symbol.is_global())}
    return own.union(*(taken(child) for child in table.get_children()))


def calls(tree: ast.AST, *methods: str) -> bool:
    """Whether a method of one of these names is called somewhere."""
    return any(isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
               and node.func.attr in methods for node in ast.walk(tree))


def changed(node: ast.AST) -> Iterator[str]:
    """Yield the names that a statement changes: the owner of a part that is assigned
    or deleted, the first argument of a bare call, or the owner of a bare method."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        function, given = node.value.func, node.value.args
        if isinstance(function, ast.Attribute):
            yield from owner(function)
        if not isinstance(function, ast.Attribute) or function.attr.endswith("_"):
            yield from (name for part in given[:1] for name in owner(part))
    if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(
            node.ctx, ast.Store | ast.Del):
        yield from owner(node)
    for child in ast.iter_child_nodes(node):
        yield from changed(child)


def owner(part: ast.AST) -> Iterator[str]:
    while isinstance(part, ast.Attribute | ast.Subscript):
        part = part.value
    if isinstance(part, ast.Name):
        yield part.id


def names_in(expression: str) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(expression, mode="eval"))
            if isinstance(node, ast.Name)}


def needed(code: list[Statement], wanted: set[str]) -> list[Statement]:
    """Return the statements that give the names wanted, and all that these need: what
    gives a name that they take, changes it, or seeds their random numbers.

    Raises LookupError, in a sentence, where none gives one of the wanted names."""
    modules = frozenset().union(*(one.imports for one in code))
    missing, chosen, given = set(wanted), [], set()
    for one in reversed(code):
        seeds = one.seeds and chosen and chosen[-1].place == one.place
        if (one.gives & missing or one.changes & missing - modules or seeds
                or "import *" in one.source):
            chosen.append(one)
            given |= one.gives
            missing = (missing - one.gives) | one.takes
    lost = sorted(wanted - given)
    if lost:
        broken = " ".join(sorted({one.broken for one in code if one.broken}))
        raise LookupError(f"No cell gives {lost[0]} a value. {broken}".strip())
    return chosen[::-1]


def checks(source: str) -> Iterator[tuple[str, str]]:
    """Yield the number and the answer of each exercises.check(...) of a statement."""
    for node in ast.walk(ast.parse(source)):
        if (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
                and node.func.attr == "check" and len(node.args) == 2
                and isinstance(node.args[0], ast.Constant)):
            yield str(node.args[0].value), ast.unparse(node.args[1])
