"""Exercises of lesson 07: prefixes, gates that listen, what a class tells, Bayes."""

import math

import torch
from torch import Tensor

from course_lib.teaching.exercises.core import Case, Exercise

FACTORS = torch.tensor([[-0.5, -1.0, -2.0, -0.25], [-3.0, -0.1, -0.2, -0.4]])
A = torch.tensor([[[[0.5, -1.0]], [[2.0, 0.0]]]])          # (1, 2, 1, 2)
B = torch.tensor([[[[0.0, 3.0]], [[-1.0, 1.0]]]])
H = torch.tensor([[1.0, 0.0, 2.0]])
V = torch.tensor([[0.5, 9.0, 0.0], [0.0, 9.0, -1.0]])      # (2, 3)
V_GATE = torch.tensor([[-1.0, 9.0, 1.0], [0.25, 9.0, 0.0]])
TWO_H = torch.tensor([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
BY_CLASS = torch.tensor([[-80.0, -81.0, -90.0], [-300.0, -290.0, -291.0],
                         [-70.0, -70.5, -75.0], [-75.0, -70.2, -70.5]])
EVEN = torch.full((3,), 1 / 3)
UNEVEN = torch.tensor([0.1, 0.2, 0.7])


def log_prob_of_rest(log_factors: Tensor, m: int) -> Tensor:
    return log_factors[:, m:].sum(1)


def everywhere(vector: Tensor) -> Tensor:
    return vector[:, :, None, None]


def gate_with_vector(a: Tensor, b: Tensor, h: Tensor, V: Tensor,
                     V_gate: Tensor) -> Tensor:
    return (a + everywhere(h @ V.T)).tanh() * (b + everywhere(h @ V_gate.T)).sigmoid()


def most_that_it_tells(k: int, numbers: int) -> float:
    return math.log2(k) / numbers


def classify(by_class: Tensor, prior: Tensor) -> Tensor:
    return (by_class + prior.log()).argmax(1)


EXERCISES = [
    # Return the log-probability of the rest of a sequence given its first m values.
    Exercise(
        "07.1", log_prob_of_rest,
        "Each factor is already given all that stands before it, the prefix too. So "
        "the rest is the sum of the later factors, and m = 0 is the whole.",
        ["Write the chain rule, and cross out the factors of what is given.",
         "p(rest | prefix) is the product of the factors from number m + 1 on.",
         "log_factors[:, m:].sum(1)"],
        [(lambda log_factors, m: log_factors.sum(1),
          "This is log p(whole): it also pays for the values that are given. The loss "
          "is on y only."),
         (lambda log_factors, m: log_factors[:, :m].sum(1),
          "This is log p(prefix), what is given. The rest comes after it."),
         (lambda log_factors, m: log_factors[:, m:].mean(1),
          "This is the mean over the values. Log-probabilities of factors add up."),
         (lambda log_factors, m: log_factors[:, m:].sum(),
          "This adds up the sequences too; return one number for each."),
         (lambda log_factors, m: log_factors[:, m + 1:].sum(1),
          "The first value after the prefix is missing. Counting starts at 0, so the "
          "value number m + 1 stands at place m.")],
        [Case(FACTORS, 2), Case(FACTORS, 0), Case(FACTORS, 3)]),
    # Write the gated unit that is told a vector h.
    Exercise(
        "07.2", gate_with_vector,
        "V h is one number a feature, the same at every pixel: it says what, and not "
        "where.",
        ["tanh of one side times the sigmoid of the other, as without h.",
         "V h for a batch of vectors is h @ V.T, of shape (batch, features).",
         "Give it two more dimensions to add it at all pixels: (h @ V.T)[:, :, None, "
         "None]."],
        [(lambda a, b, h, V, V_gate: a.tanh() * b.sigmoid(),
          "This unit does not listen: h is nowhere in it."),
         (lambda a, b, h, V, V_gate: (a + everywhere(h @ V.T)).tanh() * b.sigmoid(),
          "h reaches the tanh only. The gate has weights of its own for it, V_gate."),
         (lambda a, b, h, V, V_gate: (
              a.tanh() + everywhere(h @ V.T))
              * (b.sigmoid() + everywhere(h @ V_gate.T)),
          "V h belongs inside, before the tanh and the sigmoid. Outside, the unit "
          "could leave its range of -1 to 1."),
         (lambda a, b, h, V, V_gate: (a + everywhere(h @ V.T)).sigmoid()
              * (b + everywhere(h @ V_gate.T)).tanh(),
          "The two sides are exchanged: tanh takes a, the sigmoid takes b.")],
        [Case(A, B, H, V, V_GATE), Case(A, B, H * 0, V, V_GATE),
         Case(A.repeat(2, 1, 1, 1), B.repeat(2, 1, 1, 1), TWO_H, V, V_GATE)]),
    # By how many bits per dimension can one of k captions lower the cost of an image at
    # most?
    Exercise(
        "07.3", most_that_it_tells,
        "A caption holds log2 k bits and can save no more. For ten classes and 64 "
        "pixels it is 0.052; for a thousand classes and 32 x 32 x 3 values 0.003.",
        ["What is saved is I(caption; image), and that is at most H(caption).",
         "The entropy of k captions that are equally likely is log2 k bits.",
         "Divide by how many values share it: math.log2(k) / numbers."],
        [(lambda k, numbers: math.log2(k),
          "This is for the whole image. Per dimension it is divided by the number of "
          "values."),
         (lambda k, numbers: math.log(k) / numbers,
          "These are nats. Bits are counted with the logarithm to base 2."),
         (lambda k, numbers: k / numbers,
          "A caption is not worth one bit for each one that there could have been: to "
          "name one of k takes log2 k bits."),
         (lambda k, numbers: (1 - 1 / k) * math.log2(k) / numbers,
          "There is nothing to subtract: the most that can be told is the whole "
          "entropy, log2 k.")],
        [Case(10, 64), Case(2, 1), Case(1, 64), Case(1000, 3072)], tolerance=1e-6),
    # Return the class that Bayes' rule names for each image, from the log-likelihood of
    # every class.
    Exercise(
        "07.4", classify,
        "A model of images given the class is a classifier too. q(y) is the same for "
        "all classes, so the largest product of likelihood and prior wins.",
        ["p(c | y) is proportional to p(y | c) p(c).",
         "Take logarithms: products become sums, and the order stays.",
         "(by_class + prior.log()).argmax(1)"],
        [(lambda by_class, prior: by_class.argmax(1),
          "This forgets the prior. It is right only where all classes are equally "
          "likely."),
         (lambda by_class, prior: (by_class + prior).argmax(1),
          "A log-likelihood and a probability cannot be added; take the logarithm of "
          "the prior."),
         (lambda by_class, prior: (by_class.exp() * prior).argmax(1),
          "Right on paper, but exp(-290) is 0 in floating point, and every class looks "
          "equally likely. Stay with logarithms."),
         (lambda by_class, prior: (by_class + prior.log()).softmax(1),
          "These are the probabilities p(c | y). Name the class: the largest of "
          "them.")],
        [Case(BY_CLASS, EVEN), Case(BY_CLASS, UNEVEN)]),
]
