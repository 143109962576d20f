"""Stereo as a volume: the same judgement of every disparity. Lesson 11."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from course_lib.checks import check_integer


class CostVolume(nn.Module):
    """From the costs of all disparities to logits, by 3D convolutions.

        costs ── conv ── dilated by 2 ── dilated by 4 ── conv ──┬── logits
          └── mean of 5 x 5, less its least ── times -6 ────────┘

    disparities: of x, (batch, 3 + disparities, h, w), as `Stereo(eyes=2)` has it
    width:       features of every place and disparity
    It begins as block matching, and learns what that gets wrong. What is learned holds
    for every disparity alike, so that few scenes suffice.
    Alex Kendall et al., "End-to-end learning of geometry and context for deep stereo
    regression", 2017.
    """

    def __init__(self, disparities: int = 16, width: int = 8):
        super().__init__()
        self.in_channels = 3 + check_integer("disparities", disparities, 1)
        self.out_channels = disparities
        self.picture = nn.Conv2d(3, width, 3, padding=1)
        self.first = nn.Conv3d(3, width, 3, padding=1)
        self.further = nn.ModuleList(
            nn.Conv3d(width, width, 3, padding=(1, gap, gap), dilation=(1, gap, gap))
            for gap in (2, 4))
        self.last = nn.Conv3d(width, 1, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """Return (batch, disparities, height, width)."""
        cost = x[:, None, 3:]                      # (batch, 1, disparities, h, w)
        wide = functional.avg_pool3d(cost, (1, 5, 5), 1, (0, 2, 2),
                                     count_include_pad=False)
        worse, wide_worse = (each - each.amin(2, keepdim=True) for each in (cost, wide))
        volume = torch.cat([4 * (cost - 0.3), 4 * (wide - 0.3), 4 * worse], 1)
        seen = self.picture(4 * (x[:, :3] - 0.5))
        features = (self.first(volume) + seen[:, :, None]).relu()
        for layer in self.further:
            features = features + layer(features).relu()
        return self.last(features)[:, 0] - 6 * wide_worse[:, 0]
