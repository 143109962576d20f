"""Figures of the literature, at full size, each with its source. Lesson 06.

    [figure for figure in FIGURES if figure.data == "CIFAR-10"]

Only what could be checked is here: `quoted_in` names another text that has the figure.
"""

from dataclasses import dataclass

PIXEL_RNN = ("A. van den Oord, N. Kalchbrenner and K. Kavukcuoglu, Pixel recurrent "
             "neural networks, 2016")
GATED = ("A. van den Oord, N. Kalchbrenner, O. Vinyals, L. Espeholt, A. Graves and K. "
         "Kavukcuoglu, Conditional image generation with PixelCNN decoders, 2016")
PIXEL_CNN_PLUS = ("T. Salimans, A. Karpathy, X. Chen and D. P. Kingma, PixelCNN++: "
                  "improving the PixelCNN, 2017")
REAL_NVP = ("L. Dinh, J. Sohl-Dickstein and S. Bengio, Density estimation using Real "
            "NVP, 2017")
PIXEL_VAE = "I. Gulrajani et al., PixelVAE: a latent variable model, 2017"
DDPM = ("J. Ho, A. Jain and P. Abbeel, Denoising diffusion probabilistic models, 2020")
VDM = "D. P. Kingma et al., Variational diffusion models, 2021"


@dataclass(frozen=True)
class PublishedFigure:
    """One figure of a paper.

    model:     what the paper calls it
    data:      "CIFAR-10", "ImageNet 32 x 32" or "ImageNet 64 x 64"
    test:      bits per dimension, held out (on ImageNet, of the validation images)
    train:     the same of the training images; None where we could not check it
    source:    the paper
    quoted_in: a text by others that has the same figure; None: only in summaries
    """

    model: str
    data: str
    test: float
    train: float | None
    source: str
    quoted_in: str | None


FIGURES = [
    PublishedFigure("PixelCNN", "CIFAR-10", 3.14, None, PIXEL_RNN, PIXEL_CNN_PLUS),
    PublishedFigure("Row LSTM", "CIFAR-10", 3.07, None, PIXEL_RNN, None),
    PublishedFigure("Diagonal BiLSTM", "CIFAR-10", 3.00, None, PIXEL_RNN, REAL_NVP),
    PublishedFigure("Gated PixelCNN", "CIFAR-10", 3.03, 2.90, GATED, DDPM),
    PublishedFigure("PixelRNN", "ImageNet 32 x 32", 3.86, 3.83, PIXEL_RNN, REAL_NVP),
    PublishedFigure("Gated PixelCNN", "ImageNet 32 x 32", 3.83, None, GATED, VDM),
    PublishedFigure("PixelRNN", "ImageNet 64 x 64", 3.63, 3.57, PIXEL_RNN, REAL_NVP),
    PublishedFigure("Gated PixelCNN", "ImageNet 64 x 64", 3.57, 3.48, GATED, PIXEL_VAE),
]

# What the Gated PixelCNN took to train, about half of what the PixelRNN did. Source:
# summaries of GATED, which do not say on which data.
GATED_GPUS, GATED_HOURS = 32, 60
