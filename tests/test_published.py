"""Facts about the published figures: what is there is whole and named."""

from course_lib.teaching.published import FIGURES


def test_every_figure_names_its_paper_and_no_pair_occurs_twice():
    pairs = [(figure.model, figure.data) for figure in FIGURES]
    assert len(set(pairs)) == len(pairs)
    assert all("2016" in figure.source for figure in FIGURES)


def test_held_out_bits_are_between_the_training_bits_and_8():
    assert all((figure.train or 0) <= figure.test < 8 for figure in FIGURES)


def test_the_papers_claims_hold_in_their_figures():
    bits = {(figure.model, figure.data): figure.test for figure in FIGURES}
    cifar = [bits[model, "CIFAR-10"] for model in
             ("Diagonal BiLSTM", "Gated PixelCNN", "Row LSTM", "PixelCNN")]
    assert cifar == sorted(cifar)
    for data in ("ImageNet 32 x 32", "ImageNet 64 x 64"):
        assert bits["Gated PixelCNN", data] < bits["PixelRNN", data]
