"""Exercises of lesson 07: what a class is worth, a gate that listens, and a vector that
finds its place."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.teaching.exercises.compare import as_tensor, equal
from course_lib.teaching.exercises.core import Case, Exercise
from course_lib.teaching.exercises.tables import mistakes
from course_lib.teaching.exercises.verdicts import NOT_ATTEMPTED


def told_gate(a: Tensor, b: Tensor, told: Tensor, V: Tensor, V_gate: Tensor) -> Tensor:
    """Return tanh(a + V told) · σ(b + V' told), for a vector or a map."""
    return (a + spread(told, V)).tanh() * (b + spread(told, V_gate)).sigmoid()


def spread(told: Tensor, V: Tensor) -> Tensor:
    """Return V times what is told at every place, (batch, features, 1 or h, 1 or w)."""
    told = told[:, :, None, None] if told.ndim == 2 else told
    return torch.einsum("fn, bnhw -> bfhw", V, told)


def judge_gate(answer) -> str | None:
    """Say what is wrong with a gate that is told a map, and is right for a vector."""
    of_map = MAP.check(answer)
    said = ("Return something for it, too." if of_map.state == NOT_ATTEMPTED else
            of_map.message)
    return None if of_map.right else (
        f"A vector is heard as it should be, a map is not yet. {said}")


A = torch.linspace(-2, 2, 36).view(2, 3, 2, 3)
B = 0.2 - 0.7 * A.transpose(2, 3).reshape(2, 3, 2, 3)
H = torch.tensor([[1.0, 0, 0, 2], [0.0, 1, -1, 0]])                  # (batch, numbers)
S = torch.linspace(-1, 1.3, 48).view(2, 4, 2, 3)
V = torch.tensor([[0.5, 9, 0, 0.4], [0.0, 0.3, -1, 0.2], [1.0, -0.5, 0.2, 0]])
V_GATE = torch.tensor([[-1.0, 2, 1, 0.3], [0.25, 0.6, 0, -1], [0.1, 1, 0.7, -0.4]])


def hears(unit) -> Callable[..., Tensor]:
    """Return a gate from unit(a, b, s, g), where s = V told and g = V_gate told."""
    return lambda a, b, told, V, V_gate: unit(a, b, spread(told, V),
                                              spread(told, V_gate))


GATES = [(hears(unit), says) for unit, says in mistakes(
    ("This unit does not listen: what is told is nowhere in it.",
     lambda a, b, s, g: a.tanh() * b.sigmoid()),
    ("Only the tanh hears what is told. The gate has weights of its own for it, "
     "V_gate.", lambda a, b, s, g: (a + s).tanh() * b.sigmoid()),
    ("Only the gate hears what is told. The tanh has weights of its own for it, V.",
     lambda a, b, s, g: a.tanh() * (b + g).sigmoid()),
    ("What is told is subtracted. The formula adds it.",
     lambda a, b, s, g: (a - s).tanh() * (b - g).sigmoid()),
    ("V times what is told belongs inside, before the tanh and the sigmoid. Outside, "
     "the unit could leave its range of -1 to 1.",
     lambda a, b, s, g: (a.tanh() + s) * (b.sigmoid() + g),
     lambda a, b, s, g: (a.tanh() + s) * (b + g).sigmoid(),
     lambda a, b, s, g: (a + s).tanh() * (b.sigmoid() + g)),
    ("V times what is told is added to the finished unit. It belongs inside the tanh, "
     "and V_gate's inside the sigmoid.",
     lambda a, b, s, g: a.tanh() * b.sigmoid() + s,
     lambda a, b, s, g: a.tanh() * b.sigmoid() + s + g),
    ("What is told is multiplied with the convolution. The formula adds it, as a bias "
     "is added.", lambda a, b, s, g: (a * s).tanh() * (b * g).sigmoid(),
     lambda a, b, s, g: a.tanh() * s * b.sigmoid() * g),
    ("The two functions are exchanged: tanh takes a, the sigmoid takes b.",
     lambda a, b, s, g: (a + s).sigmoid() * (b + g).tanh()),
    ("This is the side of the tanh alone. The gate, a sigmoid of b, multiplies it.",
     lambda a, b, s, g: (a + s).tanh()),
    ("The tanh and the sigmoid are missing: this is a product of two sums.",
     lambda a, b, s, g: (a + s) * (b + g)),
    ("Each gate opens by itself: a sigmoid, and no softmax over the features.",
     lambda a, b, s, g: (a + s).tanh() * (b + g).softmax(1)),
    ("The gate multiplies the finished tanh, and not what goes into it.",
     lambda a, b, s, g: ((a + s) * (b + g).sigmoid()).tanh()),
    ("This is the gate alone. It multiplies a tanh of a.",
     lambda a, b, s, g: (b + g).sigmoid()),
    ("The two sides are multiplied, and not joined: as many features as a has.",
     lambda a, b, s, g: torch.cat([(a + s).tanh(), (b + g).sigmoid()], 1)),
    ("Each feature hears its own sum, V times what is told: take no mean.",
     lambda a, b, s, g: (a + s.mean()).tanh() * (b + g.mean()).sigmoid()))]
ALONE = "Each image is told something of its own, and here all are told "
BROADCAST = [
    (lambda a, b, told, V, V_gate:
     (a + told @ V.T).tanh() * (b + told @ V_gate.T).sigmoid(),
     "(batch, features) was added to the last two dimensions, to rows and columns. It "
     "fits here by chance. Give it two more: (told @ V.T)[:, :, None, None]."),
    (lambda a, b, told, V, V_gate: told_gate(a, b, told.mean(0, keepdim=True), V,
                                             V_gate), ALONE + "the mean of the batch."),
    (lambda a, b, told, V, V_gate: told_gate(a, b, told[:1], V, V_gate),
     ALONE + "what belongs to the first.")]
FLATTENED = [
    (lambda a, b, told, V, V_gate, flat=flat: told_gate(a, b, flat(told), V, V_gate),
     f"Every place is told the {name} of the map, so it no longer says where. Multiply "
     f"with V at each place.")
    for name, flat in (("mean", lambda told: told.mean((2, 3))),
                       ("sum", lambda told: told.sum((2, 3))),
                       ("largest value", lambda told: told.amax((2, 3))),
                       ("first place", lambda told: told[:, :, 0, 0]))]
MAP = Exercise("07.2", told_gate, "", [""], GATES + FLATTENED, [
    Case(A, B, S, V, V_GATE), Case(B, A, S.flip(0), V_GATE, V)])

SAVED = [math.log2(10) / 64, 1 / 64, 0.0]              # bits per dimension
TELLS = ("its class", "odd or even", "the weekday")
NATS = "Use the logarithm to base 2"
CHANCE = "a probability. Asked for are bits, its logarithm to base 2, with a minus"
ANY = [                            # what any saving may be multiplied with by mistake
    (64, "for the whole image. Divide by its 64 values"),
    (math.log(2), f"in nats. {NATS}"),
    (64 * math.log(2), f"in nats, and for the whole image. {NATS}, and divide by 64"),
    (64 * 64, "multiplied by 64. The bits are shared out over the values"),
    (8, "divided by the 8 pixels of a row. All 64 values share it")]
NOT_SAVED = [
    [*((factor * SAVED[0], says) for factor, says in ANY), (0.1, CHANCE),
     (10 / 64, "ten bits per image. To name one of ten takes log2(10) bits"),
     (1 / 64, "one bit per image. To name one of ten takes log2(10) bits"),
     (4 / 64, "four bits per image. On average one of ten takes log2(10), and not a "
              "whole number"),
     (math.log2(17) / 64, "the entropy of 17 levels. Asked for is that of a class"),
     (math.log2(10) / 10, "divided by the ten classes. The 64 values share it"),
     (math.log2(10) / 640, "divided by ten classes too. Only the values share it")],
    [*((factor * SAVED[1], says) for factor, says in ANY), (0.5, CHANCE),
     (2 / 64, "two bits per image. One of two takes log2(2) = 1 bit"),
     (0.5 / 64, "half a bit per image. One of two takes log2(2) = 1 bit"),
     (0, "nothing. But the image does say whether its digit is odd or even"),
     (math.log2(10) / 64, "all that the class tells. Odd or even leaves five digits "
                          "open"),
     (math.log2(5) / 64, "what stays open once that is told. Asked for is what it "
                         "tells"),
     (math.log2(5), "what stays open, for the whole image. Asked for is what it tells"),
     (math.log2(10) / 128, "half of what the class tells. But bits do not halve with "
                           "the number of answers: ten are 3.32 bits, two are 1")],
    [(entropy, "the weekday's entropy. I(c; y) = H(c) - H(c | y), and the image says "
               "nothing of the weekday")
     for entropy in (math.log2(7) / 64, math.log2(7), math.log(7) / 64, math.log(7))]]


def judge_saved(answer) -> str | None:
    """Say which of three predictions is off, and what it would be right for."""
    numbers = as_tensor(answer)
    if numbers is None or numbers.shape != (3,):
        return "Give three numbers, [its class, odd or even, the weekday]."
    for told, given, due, known in zip(TELLS, numbers.tolist(), SAVED, NOT_SAVED):
        if equal(given, due, 2e-3):
            continue
        for wrong, says in known:
            if equal(given, wrong, 5e-4):
                return f"For {told}, your {given:.4g} is {says}."
        if not math.isfinite(given):
            return f"For {told}, your {given} is no number of bits."
        if given < 0:
            return (f"For {told}: a negative saving would be a cost. Knowing something "
                    f"true costs nothing on average.")
        if due == 0:
            return (f"For {told}, your {given:.4g} is more than nothing. Would an "
                    f"image look different if written on another day?")
        side = "large" if given > due else "small"
        return (f"For {told}, your {given:.4g} is too {side}. How many bits does it "
                f"tell of the image, shared by 64 values?")
    return None


NOT_TOLD, NARROW = math.log(9), 6.6                     # nats, in the world of spots
NARROW_SAID = (f"That is near the gap of the lesson's vector, {NARROW}, whose layers "
               f"see few pixels. What must a pixel see to find out where it is?")
MAP_SAID = ("That is the gap of a map. Keep VectorCondition(9), and change the rest of "
            "the network.")


def found(gap: float, right: float) -> dict[str, float]:
    """Return what `on_spots` of the lesson says of a model."""
    return {"gap, nats": gap, "right place": right}


def judge_place(answer) -> str | None:
    """Say of what was found on the spots whether a vector was enough there."""
    if not isinstance(answer, dict) or answer.keys() != found(0, 0).keys():
        return "Hand in all that on_spots returns for your model: on_spots(model)."
    gap = float(answer["gap, nats"])
    says = {
        "The gap is no number. Did the training diverge?": not math.isfinite(gap),
        "A gap below 0 would be better than the truth. Is it that of on_spots?":
            gap < 0,
        MAP_SAID: gap < 0.1,
        "That is the marginal, which is told nothing. Ask for a gap below it.":
            abs(gap - NOT_TOLD) < 0.02,
        NARROW_SAID: abs(gap - NARROW) < 0.7,
        f"{gap:.3g} nats is nearer than the lesson's vector, and still behind who is "
        f"not told the place, log 9 = {NOT_TOLD:.2f}. Too narrow a window does not "
        f"feel the border, and too wide a one has more weights than so few steps "
        f"train.": NOT_TOLD <= gap < NARROW,
        f"{gap:.3g} nats is further than the lesson's vector. Was it trained, with the "
        f"same steps and rate?": gap > NARROW}
    return next((said for said, applies in says.items() if applies), None)


EXERCISES = [
    # Predict how many bits per dimension it saves at most to know the class, or only
    # whether it is odd, or the weekday.
    Exercise(
        "07.1", SAVED,
        "What is saved is I(c; y): at most what is told, and nothing if the image has "
        "nothing to do with it. Run the next cell and compare.",
        ["How many bits does it take to name one of k things?",
         "What is saved is I(c; y) = H(c) - H(c | y), for the whole image. What is "
         "each term, for each of the three?",
         "[log2(10) / 64, log2(2) / 64, 0]"],
        [([factor * entry for entry in SAVED],
          f"For its class, your {factor * SAVED[0]:.4g} is {says}.")
         for factor, says in ANY[:2]],
        judge=judge_saved),
    # Write the gated unit that is told a vector h or a map s.
    Exercise(
        "07.2", told_gate,
        "A vector says the same at every place, a map says something at each, and the "
        "rest of the unit need not know which of them it is.",
        ["Look at the formula without h first: two functions, one product.",
         "V h of a batch has the shape (batch, features) and V * s has (batch, "
         "features, height, width). What has to be done with the first, so that it can "
         "be added at all places?",
         "If told.ndim == 2, make it told[:, :, None, None]. Then "
         "torch.einsum('fn,bnhw->bfhw', V, told) is what to add to a; the same with "
         "V_gate to b."],
        GATES + BROADCAST,
        [Case(A, B, H, V, V_GATE), Case(B, A, H.flip(0), V, V_GATE),
         Case(A, B, H * 0.5, V_GATE, V)], judge=judge_gate),
    # Change the network, not the condition, until a vector is enough for the spots.
    Exercise(
        "07.3", found(1.56, 0.95),
        "Zeros around the image say where one is, if a layer's window reaches over the "
        "border. With it the bias V h can mean something else in every place.",
        ["All places are alike to a convolution, with one exception: what is different "
         "near the border of an image?",
         "How far must the window of one layer reach, so that a pixel in the middle of "
         "12 by 12 feels the border? Which option of the network sets that?",
         "first_kernel=13"],
        [(found(NARROW, 0.27), NARROW_SAID), (found(0.016, 1.0), MAP_SAID)],
        judge=judge_place),
]
