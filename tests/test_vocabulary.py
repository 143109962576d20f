"""Facts about vocabularies: sentences and the numbers of their words."""

import pytest
import torch

from course_lib.datasets.vocabulary import Vocabulary

vocabulary = Vocabulary(("a", "teal", "shirt"), longest=3)


def test_words_are_numbered_from_one_in_their_order():
    tokens = vocabulary.tokens(["a teal shirt", "shirt teal"])
    assert tokens.tolist() == [[1, 2, 3], [3, 2, 0]] and tokens.dtype == torch.int64
    assert [vocabulary.number(word) for word in vocabulary.words] == [1, 2, 3]


def test_numbers_become_the_sentence_again_in_small_letters_without_commas():
    tokens = vocabulary.tokens(["A teal, Shirt", "", "shirt"])
    assert vocabulary.sentences(tokens) == ["a teal shirt", "", "shirt"]


def test_one_sentence_is_a_batch_of_one():
    assert vocabulary.tokens("a shirt").shape == (1, 3)


@pytest.mark.parametrize("sentence, message", [
    ("a red shirt", "'red' in the caption 'a red shirt' is not known.*a, teal, shirt"),
    ("a a teal shirt", "has 4 words; give at most 3")])
def test_a_sentence_that_it_cannot_hold_is_refused(sentence, message):
    with pytest.raises(ValueError, match=message):
        vocabulary.tokens(["a shirt", sentence])


def test_a_vocabulary_of_empty_sentences_is_refused():
    with pytest.raises(ValueError, match="longest is 0"):
        Vocabulary(("a",), 0)
