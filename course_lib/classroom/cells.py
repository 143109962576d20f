"""The cells of a notebook that an answer needs, found without running any."""

import ast
import json
import symtable
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LARGEST = 50 * 2 ** 20             # bytes of a notebook


@dataclass(frozen=True)
class Cell:
    """A code cell and the names of the notebook that it gives values, takes values of,
    or changes: fit(model, ...) and answers.append(3) change what stands first.

    broken: what is wrong with it as Python, or nothing"""

    place: int
    source: str
    gives: frozenset = frozenset()
    takes: frozenset = frozenset()
    changes: frozenset = frozenset()
    imports: frozenset = frozenset()
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


def understand(notebook: list[dict]) -> list[Cell]:
    """Return the code cells of a notebook, with the names that each has to do with."""
    return [cell_of(place, cell["source"]) for place, cell in enumerate(notebook)
            if cell.get("cell_type") == "code"]


def cell_of(place: int, source: str) -> Cell:
    lines = source.splitlines()
    plain = "\n".join(line[:len(line) - len(line.lstrip())] + "pass"
                      if line.lstrip().startswith(("%", "!")) else line
                      for line in lines)
    try:
        table, tree = symtable.symtable(plain, "cell", "exec"), ast.parse(plain)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        said = getattr(error, "msg", None) or type(error).__name__
        return Cell(place, plain, broken=f"Cell {place} is no Python: {said}.")
    imports = {name.get_name() for name in table.get_symbols() if name.is_imported()}
    gives = {name.get_name() for name in table.get_symbols() if name.is_assigned()}
    return Cell(place, plain, frozenset(gives | imports), frozenset(taken(table)),
                frozenset(changed(tree)), frozenset(imports))


def taken(table: symtable.SymbolTable) -> set[str]:
    """Return the names that a table, and the functions in it, take of the notebook."""
    top = table.get_type() == "module"
    own = {symbol.get_name() for symbol in table.get_symbols()
           if symbol.is_referenced() and (top or symbol.is_global())}
    return own.union(*(taken(child) for child in table.get_children()))


def changed(tree: ast.AST) -> Iterator[str]:
    """Yield the names that a statement outside of functions changes: the owner of an
    assigned part, and of a bare call the first argument, or whose method it is."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            call = node.value
            for part in [*call.args[:1], *[call.func] * isinstance(
                    call.func, ast.Attribute)]:
                yield from owner(part)
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(
                node.ctx, ast.Store | ast.Del):
            yield from owner(node)
        yield from changed(node)


def owner(part: ast.AST) -> Iterator[str]:
    while isinstance(part, ast.Attribute | ast.Subscript):
        part = part.value
    if isinstance(part, ast.Name):
        yield part.id


def names_in(expression: str) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(expression, mode="eval"))
            if isinstance(node, ast.Name)}


def needed(cells: list[Cell], wanted: set[str]) -> list[Cell]:
    """Return the cells that give the names wanted, those that these need or that change
    what they give, in order.

    Raises LookupError, in a sentence, where no cell gives one of the wanted names."""
    modules = frozenset().union(*(cell.imports for cell in cells))
    missing, chosen = set(wanted), []
    for cell in reversed(cells):
        changes = cell.changes & missing - modules
        if cell.gives & missing or changes or "import *" in cell.source:
            chosen.append(cell)
            missing = (missing - cell.gives) | cell.takes
    lost = sorted(wanted & missing - {name for cell in chosen for name in cell.gives})
    if lost:
        broken = " ".join(cell.broken for cell in cells if cell.broken)
        raise LookupError(f"No cell gives {lost[0]} a value. {broken}".strip())
    return chosen[::-1]


def checks(cell: str) -> Iterator[tuple[str, str]]:
    """Yield the number and the answer of each exercises.check(...) of a cell."""
    try:
        tree = ast.parse(cell)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
                and node.func.attr == "check" and len(node.args) == 2
                and isinstance(node.args[0], ast.Constant)):
            yield str(node.args[0].value), ast.unparse(node.args[1])
