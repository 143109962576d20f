"""From a sentence to a vector: a small text encoder. Lesson 08."""

import torch
from torch import Tensor, nn

from course_lib.checks import check_classes, check_integer, describe


class TextEncoder(nn.Module):
    """Sentences as rows of word numbers to vectors, with one layer of attention.

    words:    how many there are; the numbers run from 1 to `words`, and 0 is no word
    features: of the vector, (batch, features)
    length:   of the longest sentence
    A row of zeros, the sentence without words, has a vector of its own.
    """

    def __init__(self, words: int, features: int, length: int = 16, width: int = 32):
        super().__init__()
        self.words = check_integer("words", words, 1)
        self.length = check_integer("length", length, 1)
        self.word = nn.Embedding(words + 1, width)
        self.place = nn.Parameter(0.02 * torch.randn(length, width))
        self.attention = nn.TransformerEncoderLayer(
            width, 2, 2 * width, dropout=0.0, batch_first=True, norm_first=True)
        self.out = nn.Linear(width, features)

    def check(self, tokens: Tensor) -> Tensor:
        """Return rows of word numbers; raises a sentence for anything else."""
        check_classes("caption", tokens, ("batch", "length"), self.words + 1,
                      "word numbers and 0 for no word, as from world.tokens([...])")
        if not 1 <= tokens.shape[1] <= self.length:
            raise ValueError(f"caption is {describe(tokens)}; give sentences of 1 to "
                             f"{self.length} words.")
        return tokens

    def forward(self, tokens: Tensor) -> Tensor:
        """Return (batch, features); where a word stands matters, zeros do not."""
        embedded = self.word(tokens) + self.place[:tokens.shape[1]]
        absent = tokens == 0
        absent = absent & ~absent.all(1, keepdim=True)   # one must be attended to
        attended = self.attention(embedded, src_key_padding_mask=absent)
        present = (~absent).unsqueeze(-1).to(attended)
        return self.out((attended * present).sum(1) / present.sum(1))
