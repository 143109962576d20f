"""Facts about the exercises of lesson 09: right answers of any form pass, and each
typical wrong one gets its own sentence."""

import math

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits, softplus

from course_lib.networks.patchgan import PatchGAN
from course_lib.teaching.exercises.patch_critics import stack
from tests.exercise_facts import facts


def game(term, distance=lambda y, made: (y - made).abs().mean()):
    return lambda critic, x, y, made, weight: (
        term(critic(x, made)) + weight * distance(y, made))


def right(s):
    return softplus(-s).mean()


def patch_by_patch(critic, x, y, made, weight):
    paid = [softplus(-score) for score in critic(x, made).flatten()]
    return sum(paid) / len(paid) + weight * nn.L1Loss()(made, y)


class OfAPair(nn.Module):
    """A critic of the picture alone, which takes the pair."""

    def __init__(self):
        super().__init__()
        self.stack = stack(nn.Conv2d(3, 8, 4, 2), nn.Conv2d(8, 1, 4))

    def forward(self, pair):
        return self.stack(pair[:, 9:])


RIGHT = {
    "09.1": [[7, 8, 6, 24], (7, 8, 6, 24), torch.tensor([7, 8, 6, 24])],
    "09.2": [
        patch_by_patch, game(lambda s: (1 + (-s).exp()).log().mean()),
        game(lambda s: -s.sigmoid().log().mean()),
        game(lambda s: binary_cross_entropy_with_logits(s, torch.ones_like(s)))],
    "09.3": [
        lambda: stack(nn.Conv2d(12, 8, 4, 2), nn.Conv2d(8, 1, 4)),
        lambda: stack(nn.Conv2d(12, 8, 10), nn.Conv2d(8, 1, 1)),
        lambda: stack(nn.Conv2d(12, 8, 4, 2, 1), nn.Conv2d(8, 8, 4, 2, 1),
                      nn.Conv2d(8, 1, 1)),
        lambda: nn.Sequential(nn.Conv2d(12, 4, 4, 2), nn.ReLU(), nn.Conv2d(4, 1, 4)),
        lambda: stack(nn.Conv2d(12, 8, 4), nn.Conv2d(8, 8, 4), nn.Conv2d(8, 1, 4))],
    "09.4": [[2, 1.386, 0.3], torch.tensor([2.0, 1.42, 0.9])]}

WRONG = {
    "09.1": [
        ([10, 11, 8, 39], "adds k - 1 neighbors, and not k"),
        ([9, 10, 7, 38], "adds k - 1 neighbors, and not k"),
        ([6, 7, 5, 23], "One pixel"),
        ([7, 6, 6, 6], "two pixels apart"), ([9, 7, 7, 9], "sum of the kernels"),
        ([27, 12, 12, 24], "product"), ([7, 11, 9, 31], "own stride"),
        ([7, 8, 6, 10], "look at net D"), ([7, 6, 8, 10], "last to the first"),
        ([1, 2, 2, 8], "how far apart"), ([7, 11, 11, 41], "in C none does"),
        ([1, 2, 4, 8], "changed places"), ([49, 64, 36, 576], "its side")],
    "09.2": [
        (lambda critic, x, y, made, weight: patch_by_patch(
            critic, x, y, made.detach(), weight), "records no gradients"),
        (game(lambda s: softplus(-s.mean())), "The scores are averaged first"),
        (game(lambda s: softplus(-s.mean((1, 2))).mean()), "scores are averaged"),
        (game(lambda s: softplus(-s).sum()), "added up"),
        (game(lambda s: softplus(-s).sum((1, 2)).mean()), "over all patches"),
        (game(lambda s: softplus(s).mean()), "sign is the critic's"),
        (game(lambda s: -softplus(s).mean()), "flat where"),
        (game(lambda s: -s.mean()), "minus the score"),
        (lambda critic, x, y, made, weight: right(critic(x, y)) + weight * (
            y - made).abs().mean(), "true picture that is scored"),
        (lambda critic, x, y, made, weight: weight * (
            right(critic(x, made)) + (y - made).abs().mean()), "critic's part too"),
        (lambda critic, x, y, made, weight: right(critic(x, made)) + (
            y - made).abs().mean(), "weight of the distance is missing"),
        (lambda critic, x, y, made, weight: right(critic(x, made)),
         "alone. Add weight"),
        (lambda critic, x, y, made, weight: weight * (y - made).abs().mean(),
         "what the patches pay"),
        (game(lambda s: softplus(-s).mean((1, 2)).sum()), "over all patches"),
        (game(lambda s: s.mean()), "sign is the critic's"),
        (game(lambda s: -s.sigmoid().mean()), "logarithm is missing"),
        (game(lambda s: -s.sigmoid().mean().log()), "averaged first"),
        (game(lambda s: ((s - 1) ** 2).mean()), "another game"),
        (lambda critic, x, y, made, weight: right(critic(made, x)) + weight * (
            y - made).abs().mean(), "takes the plan"),
        (lambda critic, x, y, made, weight: right(critic(y, made)) + weight * (
            y - made).abs().mean(), "takes the plan"),
        (lambda critic, x, y, made, weight: right(critic(x, made)) + softplus(
            critic(x, y)).mean() + weight * (y - made).abs().mean(), "scored too"),
        (lambda critic, x, y, made, weight: right(critic(x, made)) - weight * (
            y - made).abs().mean(), "-weight in place of"),
        (game(lambda s: softplus(-s).sum(), lambda y, made: (y - made).abs().sum()),
         "Both parts are sums"),
        (game(right, lambda y, made: (y - made).abs().sum()), "distance is a sum"),
        (game(right, lambda y, made: (y - made).mean().abs()), "taken too late"),
        (game(right, lambda y, made: (y - made).norm()), "L2"),
        (game(right, lambda y, made: ((y - made) ** 2).mean()), "L2"),
        (game(right, lambda y, made: (made - y).mean().neg()), "absolute value"),
        (lambda critic, x, y, made, weight: softplus(critic(x, made)).mean() + right(
            critic(x, y)) + weight * (y - made).abs().mean(), "is scored too")],
    "09.3": [
        (lambda: nn.Sequential(nn.Conv2d(12, 8, 4, 2), nn.ReLU(),
                               nn.AdaptiveAvgPool2d(1)), "one answer per picture"),
        (lambda: nn.Sequential(nn.Flatten(), nn.Linear(12 * 48 * 48, 1)),
         "one answer per picture"),
        (lambda: stack(nn.Conv2d(12, 8, 4, 2), nn.Conv2d(8, 2, 4)), "2 numbers"),
        (lambda: nn.Sequential(nn.Conv2d(12, 8, 4, 2), nn.ReLU(), nn.Conv2d(8, 1, 4),
                               nn.Sigmoid()), "put no sigmoid"),
        (lambda: nn.Sequential(nn.Conv2d(12, 8, 4, 2), nn.BatchNorm2d(8), nn.ReLU(),
                               nn.Conv2d(8, 1, 4)), "normalization"),
        (lambda: nn.Sequential(nn.Conv2d(12, 8, 4, 2), nn.InstanceNorm2d(8), nn.ReLU(),
                               nn.Conv2d(8, 1, 4)), "normalization"),
        (lambda: nn.Sequential(nn.Conv2d(12, 8, 4, 2), nn.Conv2d(8, 1, 4)),
         "linear map"),
        (OfAPair, "not looked at"),
        (lambda: stack(nn.Conv2d(12, 8, 4, 2), nn.Conv2d(8, 1, 7)), "sees 16 pixels"),
        (lambda: stack(nn.Conv2d(12, 8, 4), nn.Conv2d(8, 1, 4)), "sees 7 pixels"),
        (lambda: nn.Sequential(nn.Conv2d(12, 8, 4, 2), nn.ReLU(), nn.Conv2d(8, 1, 4),
                               nn.ReLU()), "put no sigmoid, tanh or ReLU"),
        (lambda: nn.Sequential(nn.Conv2d(12, 8, 4, 2), nn.ReLU(), nn.Conv2d(8, 1, 4),
                               nn.Tanh()), "put no sigmoid, tanh or ReLU"),
        (lambda: stack(nn.Conv2d(12, 8, 2, 4), nn.Conv2d(8, 1, 3)), "passed over"),
        (lambda: stack(nn.Conv2d(12, 8, 4, 2), nn.Conv2d(8, 1, 4), nn.Flatten(1, 2)),
         "Keep the channel"),
        (lambda: PatchGAN(9, 3, 10), "library's critic"),
        (lambda: 10, "Return a network")],
    "09.4": [
        ([4, 1.386, 0.2], "smaller patch does too"), ([1, 0.3, 0.3], "cannot notice"),
        ([2, 0.4, 1.386], "changed places"), ([2, 0.693, 0.2], "one half"),
        ([2, 1.386, 1.386], "no lower than"), ([2, 1.386], "three numbers"),
        ([2, math.nan, 0.3], "near 2 log 2"), ([2, 1.386, 5.0], "no lower than"),
        ([2, 1.386, math.nan], "no lower than"), ([1.386, 1.19, 2], "Begin with the"),
        ([4, 1.386, 1.386], "no lower than"), ([2, 1.386, -1], "never negative")]}


test_right_answers, test_wrong_answers = facts(RIGHT, WRONG)
