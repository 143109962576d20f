"""A lesson in seconds: its code cells in this process, each training a few steps long.

    cells = lesson_runner.code_cells(path)
    lesson_runner.run(lesson_runner.needed_to_train(cells), path.parent)

Figures are drawn and closed, claims and asserts are not asked, batches are small, and
scores take few samples of few examples: what is shown is that the cells run, and run
again, not what they find.
"""

import ast
import contextlib
import io
import json
import random
import symtable
import sys
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from torch import Tensor

from course_lib import scoring, training
from course_lib.contract import ConditionalModel, size_of, split
from course_lib.datasets.indexed import IndexedWorld
from course_lib.scoring import scores
from course_lib.scoring.images import mean_bits_per_dim
from course_lib.teaching import claims

STEPS, BATCH, SAMPLES, EXAMPLES, HELD_OUT = 1, 4, 2, 16, 360
KNOBS = {"SEEDS": 2, "PAIRS": 128}       # of lessons that do much of the same
FIRST_TRAINERS = {"fit", ".backward", ".make"}


@dataclass
class Trained:
    """What one run of a cell trained: the weights that each optimiser began with, and
    the first losses of each `fit`."""

    weights: list[list[Tensor]] = field(default_factory=list)
    losses: list[dict[str, float]] = field(default_factory=list)


@dataclass
class Cell:
    """A code cell of a notebook, numbered as in the file, and each run of it."""

    index: int
    source: str
    tags: list[str]
    runs: list[Trained] = field(default_factory=list)

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.source)


def code_cells(path: Path) -> list[Cell]:
    """Return the code cells of a notebook."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [Cell(index, "".join(cell["source"]), cell["metadata"].get("tags", []))
            for index, cell in enumerate(cells) if cell["cell_type"] == "code"]


def run(cells: list[Cell], folder: Path, *, knobs: dict | None = None,
        steps: int = STEPS) -> None:
    """Run cells in order, in `folder`; each that trains is run twice, into `runs`.

    knobs: values for names of the cell tagged "parameters", where it has them"""
    knobs = KNOBS | (knobs or {})
    namespace = {"__name__": "__main__"}
    with pytest.MonkeyPatch.context() as patch, quiet(), fresh_randomness():
        patch.chdir(folder)
        trained = shorten(patch, steps)
        for cell in cells:
            while not cell.runs or (len(cell.runs) < 2 and cell.runs[0].weights):
                trained.weights, trained.losses = [], []
                execute(cell, namespace)
                if "parameters" in cell.tags:
                    namespace |= {name: value for name, value in knobs.items()
                                  if name in namespace}
                cell.runs.append(Trained(trained.weights, trained.losses))


def execute(cell: Cell, namespace: dict) -> None:
    """Run one cell without its asserts, and close what it drew."""
    tree = ast.fix_missing_locations(ShortLoops().visit(cell.tree))
    try:
        exec(compile(tree, f"<cell {cell.index}>", "exec", optimize=1), namespace)
    except BaseException as error:
        error.add_note(f"in cell {cell.index}:\n{cell.source}")
        raise
    finally:
        plt.close("all")


class ShortLoops(ast.NodeTransformer):
    """Lets a loop that calls `backward` take one turn."""

    def visit_For(self, node):
        self.generic_visit(node)
        if ".backward" in called(node):
            node.iter = ast.parse(f"[*{ast.unparse(node.iter)}][:1]", mode="eval").body
        return node


def run_where_away(cells: list[Cell], folder: Path, is_away: Callable[[object], bool],
                   *, knobs: dict) -> None:
    """Run once, in order, the cells that train and those that read anything for which
    `is_away` holds by then, and what these need; the others see nothing of a GPU."""
    namespace: dict = {"__name__": "__main__"}
    with pytest.MonkeyPatch.context() as patch, quiet(), fresh_randomness():
        patch.chdir(folder)
        shorten(patch, STEPS)
        train, skipped = needed_to_train(cells), []
        for cell in cells:
            away = {name for name, value in namespace.items() if is_away(value)}
            if cell not in train and not away & names_of(cell.source)[1]:
                skipped.append(cell)
                continue
            for due in needed_for([cell], [*skipped, cell], namespace):
                execute(due, namespace)
                if "parameters" in due.tags:
                    namespace |= {name: value for name, value in (KNOBS | knobs).items()
                                  if name in namespace}
                skipped = [one for one in skipped if one is not due]


def needed_to_train(cells: list[Cell]) -> list[Cell]:
    """Return the cells that train, and those that make what they need."""
    return needed_for(training_cells(cells), cells)


def needed_for(some: list[Cell], cells: list[Cell], known: Collection[str] = ()
               ) -> list[Cell]:
    """Return some of the cells, and those that make what they need and is not known."""
    needed, wanted = [], set()
    modules = {alias.asname or alias.name for cell in cells
               for node in ast.walk(cell.tree)
               if isinstance(node, ast.Import | ast.ImportFrom) for alias in node.names}
    for cell in reversed(cells):
        bound, read = names_of(cell.source)
        if cell in some or wanted & (bound | changed(cell.tree) - modules):
            needed.append(cell)
            wanted = wanted - bound | read - set(known)
    return needed[::-1]


def training_cells(cells: list[Cell]) -> list[Cell]:
    """Return the cells that call `fit`, or a function that calls it, or `backward`."""
    trainers, found = set(FIRST_TRAINERS), []
    for cell in cells:
        for statement in cell.tree.body:
            if not called(statement) & trainers:
                continue
            if isinstance(statement, ast.FunctionDef | ast.ClassDef):
                trainers.add(statement.name)
            elif cell not in found:
                found.append(cell)
    return found


def called(tree: ast.AST) -> set[str]:
    """Return the names of what is called: "fit" for fit(...), ".fit" for a.fit(...)."""
    functions = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {f".{function.attr}" if isinstance(function, ast.Attribute) else function.id
            for function in functions if isinstance(function, ast.Attribute | ast.Name)}


def names_of(source: str) -> tuple[set[str], set[str]]:
    """Return the names that a cell binds, and those that it or its functions read."""
    top = symtable.symtable(source, "cell", "exec")
    bound = {name.get_name() for name in top.get_symbols()
             if name.is_assigned() or name.is_imported() or name.is_namespace()}
    read = {name.get_name() for name in top.get_symbols() if name.is_referenced()}
    inner = list(top.get_children())
    while inner:
        scope = inner.pop()
        inner += scope.get_children()
        read |= {name.get_name() for name in scope.get_symbols() if name.is_global()}
    order = InOrder()
    order.visit(ast.parse(source))
    return bound, {name for name in read
                   if order.reads_first.get(name, name not in bound)}


class InOrder(ast.NodeVisitor):
    """Finds for each name of a cell whether it is read before it is bound."""

    def __init__(self):
        self.reads_first: dict[str, bool] = {}

    def visit_Name(self, node):
        self.reads_first.setdefault(node.id, isinstance(node.ctx, ast.Load))

    def visit_Assign(self, node):
        for part in (node.value, *node.targets):
            self.visit(part)

    def visit_For(self, node):
        for part in (node.iter, node.target, *node.body, *node.orelse):
            self.visit(part)

    def visit_comprehension(self, node):
        for part in (node.iter, node.target, *node.ifs):
            self.visit(part)

    def visit_ListComp(self, node):
        for part in (*node.generators, *ast.iter_child_nodes(node)):
            self.visit(part)

    visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_ListComp

    def visit_ExceptHandler(self, node):
        self.reads_first.setdefault(node.name, False)
        self.generic_visit(node)

    def visit_alias(self, node):
        self.reads_first.setdefault(node.asname or node.name.split(".")[0], False)

    def visit_FunctionDef(self, node):
        self.reads_first.setdefault(node.name, False)       # its body runs when called

    visit_ClassDef = visit_FunctionDef

    def visit_Lambda(self, node):
        pass


def changed(tree: ast.Module) -> set[str]:
    """Return the names whose contents a cell sets, as in `rows["L1"] = ...`, or may
    change by a method, as in `scores.append(...)`."""
    places = [node for node in ast.walk(tree) if isinstance(node, ast.Subscript |
              ast.Attribute) and isinstance(node.ctx, ast.Store)]
    places += [node.value.func for node in tree.body if isinstance(node, ast.Expr)
               and isinstance(node.value, ast.Call)]
    return {place.id for place in map(root, places) if isinstance(place, ast.Name)
            and place not in places}


def root(node: ast.AST) -> ast.AST:
    """Return the a of a.b, a[b] and a(b)."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node


def shorten(patch: pytest.MonkeyPatch, steps: int) -> Trained:
    """Let trainings take few steps and be noted, and nothing be claimed or measured on
    many examples; return where they are noted."""
    trained = Trained()
    fit, score, begin = training.fit, scoring.score, torch.optim.Optimizer.__init__
    bits, held_out = mean_bits_per_dim, IndexedWorld.held_out
    sample = ConditionalModel.sample

    def short_fit(model, world, many=1000, *args, **options):
        options["progress"] = False
        many = min(options.pop("steps", many), steps)
        options["batch_size"] = min(options.get("batch_size", BATCH), BATCH)
        history = fit(model, world, many, *args, **options)
        trained.losses.append({name: all_of_them[0] for name, all_of_them in
                               history.losses.items()})
        return history

    def noted_begin(optimiser, *args, **options):
        begin(optimiser, *args, **options)
        weights = [tensor for group in optimiser.param_groups
                   for tensor in group["params"]]
        trained.weights.append([tensor.detach().clone() for tensor in weights])

    def short_sample(model, given=None, n=1, seed=None, batch=None, **how):
        few = given if given is None else split(given, EXAMPLES)[0]
        drawn = sample(model, few, min(n, SAMPLES), seed,
                       batch and min(batch, EXAMPLES), **how)
        size = batch if given is None else size_of(given)
        over = (-(-n // len(drawn)), -(-size // drawn.shape[1]))
        return drawn.tile(*over, *(1,) * (drawn.ndim - 2))[:n, :size]

    def short_score(model, world, **options):
        for name, most in (("samples", SAMPLES), ("examples", EXAMPLES)):
            options[name] = min(options.get(name, most), most)
        return score(model, world, **options)

    patch.setattr(torch.optim.Optimizer, "__init__", noted_begin)
    def short_bits(model, world, split="test"):
        with pytest.MonkeyPatch.context() as few:
            few.setattr(type(world), "count", lambda *_: EXAMPLES)
            return bits(model, world, split)

    def few_held_out(world, n=HELD_OUT):
        return held_out(world, min(n, HELD_OUT))

    patch.setattr(IndexedWorld, "held_out", few_held_out)
    patch.setattr(ConditionalModel, "sample", short_sample)
    patch.setattr(scores, "PATIENCE", 0)
    replace(patch, bits, short_bits)
    replace(patch, fit, short_fit)
    replace(patch, score, short_score)
    replace(patch, claims.claim, lambda *args, **options: None)
    return trained


def replace(patch: pytest.MonkeyPatch, old: Callable, new: Callable) -> None:
    """Put `new` wherever a module of the library holds `old`."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "course_lib":
            for attribute, value in list(vars(module).items()):
                if value is old:
                    patch.setattr(module, attribute, new)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Swallow what is printed, progress bars too."""
    with contextlib.redirect_stdout(io.StringIO()), \
            contextlib.redirect_stderr(io.StringIO()):
        yield


@contextlib.contextmanager
def fresh_randomness() -> Iterator[None]:
    """Start from fixed random states, and leave all of them as they were."""
    state, numpy_state = random.getstate(), np.random.get_state()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        try:
            yield
        finally:
            random.setstate(state)
            np.random.set_state(numpy_state)
