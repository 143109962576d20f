"""A player's turn: the gradient of its own loss, and a step of its own optimiser."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from course_lib.checks import check_number, describe
from course_lib.contract import ConditionalModel, Given, Player, PlayerLoss
from course_lib.training.processes import Processes

OPTIONS = ("lr", "betas", "eps", "weight_decay")


class Objective(nn.Module):
    """A player's loss as a module's `forward`, which is where gradients are shared
    when several processes train; the whole model comes along for its buffers."""

    def __init__(self, model: ConditionalModel, loss: PlayerLoss):
        super().__init__()
        self.model, self.loss = model, loss

    def forward(self, y: Tensor, given: Given, step: int) -> Tensor:
        return self.loss(y, given, step)


@contextmanager
def frozen(parameters: list[nn.Parameter]) -> Iterator[None]:
    """Let no gradient reach these parameters inside the block."""
    try:
        for parameter in parameters:
            parameter.requires_grad_(False)
        yield
    finally:
        for parameter in parameters:
            parameter.requires_grad_(True)


class Turn:
    """One player's turn in training, taken at every step on the batch of the step.

    lr:        the learning rate, unless the player's options say another
    clip:      the largest gradient norm allowed; None leaves gradients alone
    precision: "bf16" computes the loss under torch.autocast
    The optimiser is Adam, with decoupled weight decay where the options ask for it.
    Diederik P. Kingma and Jimmy Ba, "Adam: A method for stochastic optimization",
    2015; Ilya Loshchilov and Frank Hutter, "Decoupled weight decay regularization",
    2019.
    """

    def __init__(self, model: ConditionalModel, player: Player, *, lr: float,
                 clip: float | None, precision: str, device: torch.device,
                 processes: Processes):
        self.name, self.clip, self.processes = player.name, clip, processes
        self.parameters = [p for p in player.parameters if p.requires_grad]
        own = {id(p) for p in self.parameters}
        self.others = [p for p in model.parameters()
                       if p.requires_grad and id(p) not in own]
        self.autocast = torch.autocast(device.type, torch.bfloat16,
                                       enabled=precision == "bf16")
        options = {"lr": lr, "weight_decay": 0.0, **player.options}
        self.lr = options["lr"]
        self.optimiser: Any = torch.optim.AdamW(self.parameters, fused=True, **options)
        for p in self.parameters:       # as AdamW makes it at its first step
            self.optimiser.state[p] = {"step": torch.zeros((), device=p.device),
                                       "exp_avg": torch.zeros_like(p),
                                       "exp_avg_sq": torch.zeros_like(p)}
        with frozen(self.others):
            self.objective = processes.wrap(Objective(model, player.loss))

    def differentiate(self, y: Tensor, given: Given, step: int
                      ) -> tuple[Tensor, Tensor]:
        """Return the loss of the global batch and the norm of its gradient, which is
        left, clipped, in the `grad` of the player's parameters and nowhere else."""
        self.optimiser.zero_grad()
        with frozen(self.others):
            with self.autocast:
                loss = self.objective(y, given, step)
            self.check(loss)
            loss.float().backward()
        gradients = [p.grad for p in self.parameters if p.grad is not None]
        norm = nn.utils.get_total_norm(gradients)
        if self.clip is not None:
            nn.utils.clip_grads_with_norm_(self.parameters, self.clip, norm)
        return self.processes.mean(loss), norm

    def step(self, scale: float) -> None:
        """Move the parameters, at `scale` times the learning rate."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.lr * scale
        self.optimiser.step()

    def check(self, loss: Tensor) -> None:
        """Raise ValueError, in a sentence, where `loss` cannot be minimised."""
        if not isinstance(loss, Tensor) or loss.ndim != 0:
            raise ValueError(f"The loss of player '{self.name}' is {describe(loss)}; "
                             f"return one number, for instance the mean over the "
                             f"batch.")
        if not loss.requires_grad:
            raise ValueError(f"The loss of player '{self.name}' does not depend on its "
                             f"parameters; look for a detach(), a no_grad() or another "
                             f"player's parameters in it.")


def check_players(model: ConditionalModel) -> list[Player]:
    """Return model.players(), each with something of its own to train.

    Raises ValueError, in a sentence, for a name used twice, a parameter of two
    players or of none of the model's modules, an unknown option, or nothing to train.
    """
    players = model.players()
    owner: dict[int, str] = {}
    names = [player.name for player in players]
    known = {id(p) for p in model.parameters()}
    kind = type(model).__name__
    if not players or len(set(names)) < len(names):
        raise ValueError(f"The players of {kind} are {names}; return at least one, "
                         f"each with a name of its own.")
    for player in players:
        if not any(p.requires_grad for p in player.parameters):
            raise ValueError(f"Player '{player.name}' of {kind} has no parameter to "
                             f"train; where its parameters are frozen, make the model "
                             f"anew, or thaw it with model.requires_grad_(True).")
        if any(id(p) not in known for p in player.parameters):
            raise ValueError(f"Player '{player.name}' of {kind} trains a parameter "
                             f"that is not in the model's parameters(), so that it "
                             f"would not be saved; keep networks in attributes or an "
                             f"nn.ModuleList, not in a plain list.")
        for p in player.parameters:
            if owner.setdefault(id(p), player.name) != player.name:
                raise ValueError(f"Players '{owner[id(p)]}' and '{player.name}' of "
                                 f"{kind} share a parameter; give each to one player.")
        check_options(player)
    return players


def check_options(player: Player) -> None:
    """Raise ValueError or TypeError, in a sentence, for options Adam cannot use."""
    for option, value in player.options.items():
        name = f"option {option} of player '{player.name}'"
        if option not in OPTIONS:
            raise ValueError(f"{name[0].upper()}{name[1:]} is unknown; the options are "
                             f"{', '.join(OPTIONS)}.")
        for number in value if option == "betas" else [value]:
            check_number(name, number, 0, 1 if option == "betas" else math.inf)
