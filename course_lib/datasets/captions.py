"""Captions on the shirts: a photo and a sentence -> chroma, with the truth known.

    "a light wide teal striped shirt"

Some words restate what the photo shows and say nothing new. The word for the dye and
the word for the pattern say what it cannot show, and they are right with a known
probability: p(y | x, caption) follows from Bayes' rule. Lesson 08.
"""

import numpy as np
import torch
from torch import Tensor
from torch.distributions import Categorical

from course_lib.checks import check_type, describe
from course_lib.contract import Given, seeded
from course_lib.datasets.base import BaseWorld
from course_lib.datasets.tshirts import STANDARD, TShirts, silhouettes
from course_lib.datasets.tshirts.truth import IndependentTruth, Truth

SAID, RIGHT = 0.75, 0.85           # how often such a word is there; and then, is right
RESTATED = 0.5                     # how often a word is there that restates the photo
GROUPS = (("dark", "light"), ("narrow", "wide"), ("teal", "pink"),
          ("plain", "striped"))
DYE, PATTERN = 2, 3                # of the groups
WORDS = ("a", "shirt", *(word for group in GROUPS for word in group))
NUMBERS = {word: i for i, word in enumerate(WORDS, 1)}        # 0 is no word
LONGEST = 2 + len(GROUPS)


class Captions(BaseWorld):
    """A world of shirts with captions: {"image": x, "caption": tokens} -> y.

    shirts: a `TShirts`; in a solid one no caption has a word for the pattern

    The image is x of the shirts. The caption is (batch, 6), int64, the numbers of its
    words (1 is the first of `words`), with 0 after its end. Of the dye's word, and of
    the pattern's, p is known: it is there in 0.75 of the captions, and then right in
    0.85. On a striped shirt either dye's word is as likely as the other. Where "light"
    or "wide" is said, it is true of the photo.
    """

    def __init__(self, shirts: TShirts | None = None):
        shirts = TShirts("stripes") if shirts is None else shirts
        self.shirts = check_type("shirts", shirts, TShirts, "a TShirts")
        self.words = WORDS
        self.noise, self.mode_names = shirts.noise, shirts.mode_names
        self.pattern, self.channels = shirts.pattern, shirts.channels
        self.size, self.seed = shirts.size, shirts.seed
        self.given_shape, self.y_shape = None, shirts.y_shape
        self.truth = Truth(self)
        self.independent = IndependentTruth(self)

    def draw_batch(self, n: int, split: str) -> tuple[dict[str, Tensor], Tensor]:
        """Return n pairs, {"image": x, "caption": tokens} and y."""
        x, _ = self.shirts.batch(n, split)
        return self._describe_and_dye(x)

    def held_out(self, n: int = 256) -> tuple[dict[str, Tensor], Tensor]:
        """Return the first n test shirts, with fixed captions and colors."""
        x, _ = self.shirts.held_out(n)
        with seeded(self.seed):
            return self._describe_and_dye(x)

    def tokens(self, sentences: str | list[str]) -> Tensor:
        """Return the captions (batch, 6) of sentences; words in any order.

        Raises ValueError, in a sentence, for a word that is not known, for two words
        where one can be right, and for a sentence that is too long."""
        sentences = [sentences] if isinstance(sentences, str) else list(sentences)
        rows = torch.zeros(len(sentences), LONGEST, dtype=torch.int64)
        for row, sentence in zip(rows, sentences):
            words = words_of(sentence)
            row[:len(words)] = torch.tensor([NUMBERS[word] for word in words])
        return rows

    def sentences(self, tokens: Tensor) -> list[str]:
        """Return captions as text."""
        return [" ".join(WORDS[number - 1] for number in row if number)
                for row in tokens.tolist()]

    def said(self, tokens: Tensor, group: int) -> Tensor:
        """Return which word of a group each caption has, (batch,): 0, 1, or -1."""
        number = NUMBERS[GROUPS[group][0]]
        first, second = ((tokens == number + i).any(1) for i in (0, 1))
        return torch.where(first, 0, torch.where(second, 1, -1))

    def check_given(self, given: Given) -> Given:
        """Return {"image": x, "caption": tokens}, checked; raises for others."""
        if not isinstance(given, dict) or set(given) != {"image", "caption"}:
            raise ValueError(f"given is {describe(given)}; give a dict with the "
                             f"entries image and caption.")
        caption = given["caption"]
        if not isinstance(caption, Tensor) or caption.dtype != torch.int64 or (
                caption.shape != (len(given["image"]), LONGEST)):
            raise TypeError(f"caption is {describe(caption)}; give the numbers of "
                            f"words, (batch, {LONGEST}), for instance from "
                            f"tokens([...]).")
        return {"image": self.shirts.check_given(given["image"]), "caption": caption}

    def mode_probabilities(self, given: Given) -> Tensor:
        """Return P(mode | x, caption), (batch, modes), by Bayes' rule."""
        x, caption = given["image"], given["caption"].to(given["image"].device)
        prior = self.shirts.mode_probabilities(x)
        likely = torch.ones_like(prior)
        for group in (DYE, PATTERN):
            said = self.said(caption, group)
            chance = word_probabilities(len(self.mode_names), group).to(prior)
            likely = likely * torch.where((said < 0)[:, None], 1.0,
                                          chance[:, said.clamp(min=0)].T)
        return prior * likely / (prior * likely).sum(1, keepdim=True)

    def modes(self, given: Given) -> Tensor:
        """Return each mode without its noise, (batch, modes, channels, size, size)."""
        return self.shirts.modes(given["image"])

    def probability_of_teal(self, given: Given) -> Tensor:
        """Return P(solid teal | x, caption), (batch,)."""
        return self.mode_probabilities(given)[:, 0]

    def allowed(self, caption: Tensor) -> Tensor:
        """Return which modes no word of a caption speaks against, (batch, modes) of
        bool. A striped shirt has both dyes, and either word for one is true of it."""
        allowed = torch.ones(len(caption), len(self.mode_names), dtype=torch.bool,
                             device=caption.device)
        for group in (DYE, PATTERN):
            possible = word_probabilities(len(self.mode_names), group) >= 0.5
            said = self.said(caption, group)
            allowed &= (said < 0)[:, None] | possible.T.to(allowed.device)[said]
        return allowed

    def mask(self, given: Given) -> Tensor:
        """Return where there is cloth, (batch, size, size) of bool."""
        return self.shirts.mask(given["image"])

    def rgb(self, given: Given, y: Tensor) -> np.ndarray:
        """Return sRGB pictures (..., size, size, 3) in [0, 1] of photos and y."""
        return self.shirts.rgb(given["image"], y)

    def _describe_and_dye(self, x: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        mode = Categorical(self.shirts.mode_probabilities(x)).sample()
        y = self.shirts.modes(x)[torch.arange(len(x)), mode]
        y = y + self.noise * torch.randn_like(y)
        mean, _ = STANDARD[self.shirts.shirts]
        span, _ = silhouettes.bounding_box(self.shirts.mask(x))
        words = [(self.shirts.mean_lightness(x) > mean).long(),
                 (span >= silhouettes.BETWEEN).long()]
        present = [torch.rand(len(x)) < RESTATED for _ in words]
        for group in (DYE, PATTERN):
            chance = word_probabilities(len(self.mode_names), group)[mode]
            words.append(Categorical(chance).sample())
            kept = SAID if group == DYE or self.shirts.pattern == "stripes" else 0.0
            present.append(torch.rand(len(x)) < kept)
        texts = []
        for i in range(len(x)):
            chosen = [GROUPS[g][words[g][i]] for g in range(len(GROUPS))
                      if present[g][i]]
            texts.append(" ".join(["a", *chosen, "shirt"]))
        return {"image": x, "caption": self.tokens(texts)}, y


def words_of(sentence: str) -> list[str]:
    """Return the words of one sentence, checked."""
    words = sentence.lower().replace(",", " ").split()
    unknown = [word for word in words if word not in NUMBERS]
    if unknown:
        raise ValueError(f"{unknown[0]!r} in the caption {sentence!r} is not known; "
                         f"use the words {', '.join(WORDS)}.")
    if len(words) > LONGEST:
        raise ValueError(f"the caption {sentence!r} has {len(words)} words; give at "
                         f"most {LONGEST}.")
    for group in GROUPS:
        if set(group) <= set(words):
            raise ValueError(f"the caption {sentence!r} says both {group[0]} and "
                             f"{group[1]}; say one of them.")
    return words


def word_probabilities(modes: int, group: int) -> Tensor:
    """Return P(word | mode), (modes, 2), of the dye's words or of the pattern's, where
    one of them is said."""
    right = torch.tensor([[RIGHT, 1 - RIGHT], [1 - RIGHT, RIGHT]])
    if group == DYE:
        either = torch.full((modes - 2, 2), 0.5)
        return torch.cat([right, either])
    return right[torch.tensor([0, 0] + [1] * (modes - 2))]
