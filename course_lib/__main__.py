"""The command line: python -m course_lib check | lab | lessons | scoreboard | ..."""

import argparse
import importlib
import os
import sys

from course_lib.checkout import CheckoutMissing

COMMANDS = {
    "check": ("check", "say what this machine has, and what is missing"),
    "lab": ("lessons", "open the course in JupyterLab"),
    "lessons": ("lessons", "execute the notebooks afresh and store them"),
    "grade": ("grade", "grade submitted notebooks, and count the class's mistakes"),
    "release": ("release", "write an edition of the lessons for students"),
    "slides": ("export", "write the notebooks as slides"),
    "benchmarks": ("benchmarks", "measure every model on several seeds"),
    "scoreboard": ("scoreboard", "hold every model against the truth"),
    "exam": ("exam", "print an exam whose numbers follow from a seed, and its key"),
}


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the rest of its arguments go to it. Returns its exit code.

    Each command is a function of its own name, or `main`, in a module that is
    imported only then, so that `check` answers where half of the rest is missing.
    """
    parser = argparse.ArgumentParser(
        prog="python -m course_lib",
        description="A course on conditional generative models.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, (_, purpose) in COMMANDS.items():
        commands.add_parser(name, help=purpose, add_help=False)
    chosen, rest = parser.parse_known_args(arguments)
    # GNU's OpenMP lets a thread that waits for another spin for long, and where other
    # programs are busy it thereby keeps the very thread it waits for from working: on
    # two cores, beside one busy program, a training step once took twenty times as
    # long. A short spin costs a tenth on an idle machine. It has to be said before
    # torch loads, and kernels of notebooks inherit it.
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    try:
        module = importlib.import_module(
            f"course_lib.commands.{COMMANDS[chosen.command][0]}")
        command = getattr(module, chosen.command, None) or module.main
        return command(rest) or 0
    except CheckoutMissing as error:
        parser.error(str(error))
    except ModuleNotFoundError as error:
        parser.error(f"{error.name} is not installed, and {chosen.command} needs it; "
                     f"`python -m course_lib check` says how to install it.")


if __name__ == "__main__":
    sys.exit(main())
