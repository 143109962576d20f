"""Exercises of lesson 01: what each loss finds, and what a mixture is made of."""

import torch

from course_lib.teaching.exercises.core import Case, Exercise

TEAL, PINK = torch.tensor([-0.65, -0.35]), torch.tensor([0.65, 0.35])
OCHRE = torch.tensor([0.1, 0.9])


def best_color(dyes, chances):
    return (chances.unsqueeze(-1) * dyes).sum(0)


def pinball(y, answer, q):
    return torch.maximum(q * (y - answer), (q - 1) * (y - answer))


def deviation(p, mode, noise):
    return (noise ** 2 + 4 * p * (1 - p) * mode ** 2) ** 0.5


def likeliest(dyes, chances):
    return dyes[chances.argmax()]


EXERCISES = [
    # A shirt may have any of k dyes, dyes (k, 2), with chances (k,). Which color has
    # the least expected squared error?
    Exercise(
        "01.1", best_color,
        "It is the mean: each dye counts by its chance. Add a third dye and the best "
        "answer may be a color that no shirt ever had.",
        ["Squared error is least at the mean.",
         "Two dyes gave p · teal + (1 - p) · pink; write the sum for k of them.",
         "(chances.unsqueeze(-1) * dyes) is what is to be summed over the dyes."],
        [(lambda dyes, chances: dyes.mean(0),
          "This takes all dyes as equally likely; weigh each one by its chance."),
         (likeliest, "This is the likeliest dye. It is a color that exists, but "
                     "squared error has another favourite: it pays for every large "
                     "miss."),
         (lambda dyes, chances: (chances.unsqueeze(-1) * dyes).mean(0),
          "The weights are right, and then you take a mean over the dyes. The chances "
          "already add up to one: sum instead.")],
        [Case(torch.stack([TEAL, PINK]), torch.tensor([0.8, 0.2])),
         Case(torch.stack([TEAL, PINK]), torch.tensor([0.5, 0.5])),
         Case(torch.stack([TEAL, PINK, OCHRE]), torch.tensor([0.2, 0.3, 0.5]))]),
    # Write a loss whose best answer has the part q of all y below it. At q = 1/2 it
    # must be half the absolute error.
    Exercise(
        "01.2", pinball,
        "This is the pinball loss. Asked for q = 0.2 on our shirts, its best answer is "
        "teal wherever P(teal) is above 0.2: still one answer, only more easily "
        "convinced.",
        ["At the best answer the pulls of the y above and below it cancel. The part q "
         "lies below, so each y below may pull less.",
         "Let each y above the answer pull with q, and each below with 1 - q.",
         "q · (y - answer) where y is above, (1 - q) · (answer - y) where it is below; "
         "torch.where or torch.maximum joins the two."],
        [(lambda y, answer, q: torch.maximum((1 - q) * (y - answer), -q * (y - answer)),
          "The two sides are swapped: your best answer has the part 1 - q below it."),
         (lambda y, answer, q: q * (y - answer).abs(),
          "This weighs both sides alike, so its best answer is the median for every q. "
          "The two sides need different weights."),
         (lambda y, answer, q: (y - answer).abs() / 2,
          "This is right for q = 1/2 alone: q has to appear in it."),
         (lambda y, answer, q: q * (y - answer),
          "This becomes negative without end for large answers, so it has no best one. "
          "What should it cost when y lies below the answer?")],
        [Case(torch.tensor([-1.0, -1.0, 1.0, 1.0, 1.0]), 0.25, 0.5),
         Case(torch.tensor([-1.0, 0.0, 2.0]), 0.5, 0.9),
         Case(torch.tensor([-0.65, 0.65]), 0.0, 0.2)]),
    # Teal at -mode has probability p, pink at mode the rest, and noise is added. Which
    # standard deviation does the best single Gaussian have?
    Exercise(
        "01.3", deviation,
        "The noise inside a dye and the distance between the dyes add up as variances. "
        "At p = 1/2 almost all of it is distance, and the best Gaussian is widest "
        "where the two dyes are most equal.",
        ["Total variance: the mean of the variance within a dye, plus the variance of "
         "the dyes' means.",
         "The dyes' means are -mode and mode, so their mean square is mode², and their "
         "mean is (1 - 2p) · mode.",
         "mode² - (1 - 2p)² mode² = 4p(1 - p) mode²; add noise², then the root."],
        [(lambda p, mode, noise: noise ** 2 + 4 * p * (1 - p) * mode ** 2,
          "This is the variance; the deviation is its root."),
         (lambda p, mode, noise: 2 * (p * (1 - p)) ** 0.5 * mode,
          "This forgets the noise: were p = 1, your Gaussian would have no width at "
          "all."),
         (lambda p, mode, noise: (noise ** 2 + p * (1 - p) * mode ** 2) ** 0.5,
          "A coin that is 0 or 1 has the variance p(1 - p). Our dyes are not 1 apart "
          "but 2 · mode."),
         (lambda p, mode, noise: noise + 2 * (p * (1 - p)) ** 0.5 * mode,
          "Deviations of independent things do not add up; their squares do.")],
        [Case(0.5, 0.65, 0.1), Case(0.85, 0.65, 0.1), Case(0.3, 0.35, 0.2)]),
    # A mixture of N = 4 Gaussians for a pixel with two channels, a and b, whose
    # channels share the components' weights. How many numbers must the network give for
    # each pixel?
    Exercise(
        "01.4", 20,
        "Four components with one weight, two means and two deviations each. That is "
        "what ImageToImage(1, 20) would be for.",
        ["Count for one component first.",
         "A component has one weight, but a mean and a deviation in each channel."],
        [(12, "3N is right for one channel; here each component has a mean and a "
              "deviation in both."),
         (24, "These are two mixtures of 3N numbers, one a channel, with weights of "
              "their own. Such a model may pair the a of teal with the b of pink: "
              "shared weights keep a color whole."),
         (16, "That leaves out the weights: how does the model say which component is "
              "likelier?"),
         (5, "This is one component's share; there are four."),
         (19, "You used that the weights add up to one. True, but a softmax takes one "
              "number for each, and so does our network.")]),
]
