"""An exam paper and its key: python -m course_lib exam --seed 7."""

import argparse

from course_lib.teaching import exam as asked


def exam(arguments: list[str]) -> None:
    """Print a paper whose numbers follow from the seed, then its key."""
    parser = argparse.ArgumentParser(prog="python -m course_lib exam")
    parser.add_argument("--seed", type=int, default=0, help="of the numbers")
    parser.add_argument("--lessons", nargs="+", default=[*asked.QUESTIONS],
                        metavar="NN", help=f"some of {', '.join(asked.QUESTIONS)}")
    parser.add_argument("--only", choices=("paper", "key"), help="one of the two")
    chosen = parser.parse_args(arguments)
    try:
        questions = asked.exam(chosen.seed, chosen.lessons)
    except ValueError as error:
        parser.error(str(error))
    parts = {"paper": [question.text for question in questions],
             "key": [asked.answer(question) for question in questions]}
    for part, lines in parts.items():
        if chosen.only in (None, part):
            print(f"# {part.capitalize()}, seed {chosen.seed}\n")
            print("\n\n".join(f"{i}. {line}" for i, line in enumerate(lines, 1)), "\n")
