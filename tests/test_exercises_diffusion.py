"""Facts about the exercises of lesson 08: right answers of any form pass, and each
typical wrong one gets its own sentence."""

from itertools import pairwise

import torch

from tests.exercise_facts import facts


def in_a_loop(name_noise, alpha_bar, noise, rule=lambda y, clean, e, t, s:
              s ** 0.5 * clean + (1 - s) ** 0.5 * e):
    y = noise
    for i in range(len(alpha_bar) - 1):
        t, s = alpha_bar[i], alpha_bar[i + 1]
        e = name_noise(y, t)
        y = rule(y, (y - (1 - t) ** 0.5 * e) / t ** 0.5, e, t, s)
    return y


def by_ratios(name_noise, alpha_bar, y):
    for a, b in pairwise(alpha_bar):
        factor = (b / a).sqrt()
        y = factor * y + ((1 - b).sqrt() - factor * (1 - a).sqrt()) * name_noise(y, a)
    return y


def by(rule):
    return lambda f, a, y: in_a_loop(f, a, y, rule)


def solving(solve):
    def sample(f, a, y):
        for t, s in pairwise(a):
            e = f(y, t)
            y = s.sqrt() * solve(y, e, t) + (1 - s).sqrt() * e
        return y
    return sample


def path(f, a, y, ask=0, part=0):
    ends = [(y, y)]
    for pair in pairwise(a):
        t, s = pair
        y = ends[-1][0]
        e = f(y, pair[ask])
        clean = (y - (1 - t).sqrt() * e) / t.sqrt()
        ends.append((s.sqrt() * clean + (1 - s).sqrt() * e, clean))
    return [end[part] for end in ends]


def as_clean(f, a, y):
    for t, s in pairwise(a):
        clean = f(y, t)
        y = (s ** 0.5 * clean
             + ((1 - s) / (1 - t)) ** 0.5 * (y - t ** 0.5 * clean))
    return y


def no_roots(name_noise, alpha_bar, y):
    for a, b in pairwise(alpha_bar):
        noise = name_noise(y, a)
        clean = (y - (1 - a) * noise) / a
        y = b * clean + (1 - b) * noise
    return y


def straight(velocity, noise, steps, times=None, sign=-1, far=None):
    y = noise
    for t in [1 - k / steps for k in range(steps)] if times is None else times:
        y = y + sign * velocity(y, t) * (far or 1 / steps)
    return y


def stepping(rule):
    def draw_straight(velocity, noise, n):
        y = noise
        for k in range(n, 0, -1):
            y = rule(noise, y, velocity(y, k / n), k / n, n)
        return y
    return draw_straight


def at(times, **options):
    return lambda v, noise, n: straight(v, noise, n, [time / n for time in times(n)],
                                        **options)


RIGHT = {
    "08.1": [[0.146, 0.5], (0.146, 0.5), torch.tensor([0.15, 0.5]), [1 - 0.854, 1 / 2]],
    "08.2": [in_a_loop, by_ratios],
    "08.3": [straight, at(lambda n: range(n, 0, -1)),
             lambda v, y, n: straight(v, y.clone(), n)]}

WRONG = {
    "08.1": [
        ([0.3, 0.5], "true probabilities"), ([0.854, 0.854], "depends on π"),
        ([0.454, 0.654], "towards teal"), ([0.4, 0.6], "towards teal"),
        ([0.5, 0.146], "changed places"), ([0.854, 0.5], "fraction of pink"),
        ([0.366, 0.61], "scaled"), ([0.0, 0.5], "one or two steps"),
        ([0.2, 0.5], "change names"), ([0.05, 0.5], "change names"),
        ([0.2, 0.6], "change names"), ([0.154, 0.5], "came too often"),
        ([0.4, 0.5], "nearer to one half"), ([14.6, 50], "percent"),
        ([0.146, 0.6], "The first is right"), (["0.146", "0.5"], "should be a tensor"),
        ([0.146, 0.4], "The first is right"), (0.146, "two numbers")],
    "08.2": [
        (no_roots, "square roots are missing"),
        (by(lambda y, clean, e, t, s: s * clean + (1 - s) * e), "lacks its square"),
        (by(lambda y, clean, e, t, s: s.sqrt() * clean), "noise is dropped"),
        (by(lambda y, clean, e, t, s: clean), "all the way"),
        (by(lambda y, clean, e, t, s: s.sqrt() * clean + (1 - s).sqrt() * y),
         "y_t itself"),
        (by(lambda y, clean, e, t, s: s.sqrt() * clean + (1 - s.sqrt()) * e),
         "not the factors"),
        (lambda f, a, y: in_a_loop(f, a, y, lambda z, clean, e, t, s:
                                   s.sqrt() * clean + (1 - s).sqrt() * y),
         "noise of the beginning"),
        (solving(lambda y, e, t: (y - (1 - t) * e) / t), "clean y lacks its square"),
        (solving(lambda y, e, t: (y - (1 - t) ** 0.5 * e) / t), "by the root of a_t"),
        (solving(lambda y, e, t: y - (1 - t) ** 0.5 * e), "not enough to subtract"),
        (solving(lambda y, e, t: (y + (1 - t) ** 0.5 * e) / t ** 0.5), "you added it"),
        (as_clean, "for the clean y"),
        (lambda f, a, y: path(f, a, y, ask=1)[-1], "with the next ᾱ"),
        (lambda f, a, y: path(f, a, y, part=1)[-1], "clean y of the last step"),
        (lambda f, a, y: in_a_loop(f, a[[-2, -1]], y), "in `noise` again"),
        (path, "whole path"),
        (lambda f, a, y: torch.stack(path(f, a, y)), "whole path"),
        (lambda f, a, y: in_a_loop(f, a[:2], y), "inside the loop"),
        (lambda f, a, y: in_a_loop(f, a[1:], y), "first step is missing"),
        (by(lambda y, clean, e, t, s: clean + (1 - s).sqrt() * e), "variance grows"),
        (by(lambda y, clean, e, t, s: s.sqrt() * clean + (1 - t).sqrt() * e),
         "as much noise as there was"),
        (lambda f, a, y: in_a_loop(f, a[[0, -1]], y), "one step from the first"),
        (lambda f, a, y: in_a_loop(f, a[:-1], y), "last step is missing"),
        (lambda f, a, y: in_a_loop(lambda z, t: 0 * z, a, y), "whatever f may be"),
        (lambda f, a, y: in_a_loop(lambda z, t: f(y, a[0]), a, y), "the network anew"),
        (lambda f, a, y: in_a_loop(f, a.flip(0), y), "a from the end in place")],
    "08.3": [
        (at(lambda n: range(n, 0, -1), sign=1), "towards more noise"),
        (at(lambda n: range(1, n + 1)), "smallest t first"),
        (at(lambda n: range(n)), "from 0 on"),
        (at(lambda n: range(n), sign=1), "from a clean y"),
        (at(lambda n: range(1, n + 1), sign=1), "from a clean y"),
        (at(lambda n: range(n - 1, -1, -1)), "end of each step"),
        (at(lambda n: [n] * n), "in every step"),
        (lambda v, noise, n: straight(v, noise, n, list(range(n, 0, -1))), "number of"),
        (at(lambda n: range(n, 0, -1), far=1), "whole path"),
        (lambda v, noise, n: noise - sum(v(noise, k / n) for k in range(1, n + 1)) / n,
         "has come to"),
        (at(lambda n: range(n, 1, -1)), "A step is missing"),
        (lambda v, noise, n: straight(v, noise, n, list(range(n))), "the number of"),
        (lambda v, noise, n: straight(v, noise, n, torch.linspace(1, 0, n).tolist()),
         "too far apart"),
        (at(lambda n: range(n, -1, -1)), "one step too many"),
        (stepping(lambda noise, y, v, t, n: y - v * t), "With t itself"),
        (stepping(lambda noise, y, v, t, n: noise - v / n), "in `noise` again"),
        (lambda v, noise, n: [noise, straight(v, noise, n)], "whole path"),
        (lambda v, noise, n: noise - v(noise, 1.0) / n, "inside the loop"),
        (lambda v, noise, n: noise - v(noise, 1.0), "one huge step")]}

test_right_answers, test_wrong_answers = facts(RIGHT, WRONG)
