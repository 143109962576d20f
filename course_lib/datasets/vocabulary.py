"""Sentences as numbers of words, and back. Lesson 08."""

import torch
from torch import Tensor

from course_lib.checks import check_integer


class Vocabulary:
    """The words that captions are made of; number 1 is the first, and 0 is no word.

    words:   in the order of their numbers
    longest: how many a caption holds at most; a shorter one ends in zeros
    """

    def __init__(self, words: list[str] | tuple[str, ...], longest: int):
        self.words = tuple(words)
        self.longest = check_integer("longest", longest, 1)
        self._numbers = {word: i for i, word in enumerate(self.words, 1)}

    def number(self, word: str) -> int:
        """Return the number of a word that is known."""
        return self._numbers[word]

    def tokens(self, sentences: str | list[str]) -> Tensor:
        """Return the captions (batch, longest), int64, of sentences.

        Raises ValueError, in a sentence, for a word that is not known and for too many
        words."""
        sentences = [sentences] if isinstance(sentences, str) else list(sentences)
        rows = torch.zeros(len(sentences), self.longest, dtype=torch.int64)
        for row, sentence in zip(rows, sentences):
            words = self.words_of(sentence)
            row[:len(words)] = torch.tensor([self.number(word) for word in words])
        return rows

    def words_of(self, sentence: str) -> list[str]:
        """Return the words of one sentence, checked."""
        words = sentence.lower().replace(",", " ").split()
        unknown = [word for word in words if word not in self._numbers]
        if unknown:
            raise ValueError(f"{unknown[0]!r} in the caption {sentence!r} is not "
                             f"known; use the words {', '.join(self.words)}.")
        if len(words) > self.longest:
            raise ValueError(f"the caption {sentence!r} has {len(words)} words; give "
                             f"at most {self.longest}.")
        return words

    def sentences(self, tokens: Tensor) -> list[str]:
        """Return captions as text."""
        return [" ".join(self.words[number - 1] for number in row if number)
                for row in tokens.tolist()]
