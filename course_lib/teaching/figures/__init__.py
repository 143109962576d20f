"""Figures: one call each, tensors in, Axes out, one look all course.

    from course_lib.teaching import figures

    figures.show_samples(world, x, model.sample(given=x, n=4, seed=0), truth=y)

They have one style, and leave matplotlib's own settings alone. As the last line of a
cell a figure shows itself once, without a line of text, and closes when the cell ends.
Each carries alt text: an automatic one that says its numbers, or yours (`alt="..."`).

A figure of one lesson lives in a file of its own beside these, named like the lesson,
and is made in the same three steps: `ax = start(height=3)`, draw, then
`return describe(ax, "what is seen")`. `@in_style` gives the look to one of your own.
"""

import sys

from course_lib.teaching.figures.alt_text import describe, png
from course_lib.teaching.figures.billiards import (
    show_frames,
    show_latent_clouds,
    show_latent_frames,
    show_move,
    show_places,
    show_velocities,
)
from course_lib.teaching.figures.cgan import (
    show_best_critic,
    show_game_paths,
    show_scores,
    show_walk,
)
from course_lib.teaching.figures.conditional_pixelcnn import show_drawings, show_order
from course_lib.teaching.figures.curves import (
    draw_references,
    show_bars,
    show_calibration,
    show_curves,
)
from course_lib.teaching.figures.cvae import (
    show_border,
    show_graphs,
    show_holes,
    show_latent_plane,
    show_posteriors,
    show_quantile,
)
from course_lib.teaching.figures.cyclegan import (
    outcome,
    show_both_cycles,
    show_dyed,
    show_large,
    show_runs,
    show_walk_round,
)
from course_lib.teaching.figures.diffusion import show_forks, show_strip, show_unet
from course_lib.teaching.figures.distributions import (
    chroma_to_rgb,
    draw_bins,
    draw_chroma_axis,
    draw_density,
    draw_dirac,
    show_density,
)
from course_lib.teaching.figures.facades import show_facades, show_patch_scores
from course_lib.teaching.figures.joint_structure import (
    show_agreement,
    show_colorized,
    show_matrices,
    show_wiggles,
)
from course_lib.teaching.figures.pix2pix import (
    show_one_plan,
    show_patch,
    show_players,
    show_two_averages,
)
from course_lib.teaching.figures.pixel_stacks import (
    show_cache,
    show_gate,
    show_growth,
    show_two_stacks,
)
from course_lib.teaching.figures.pixelcnn import (
    show_dependence,
    show_fields,
    show_masks,
    show_next_value,
    show_tiny_images,
)
from course_lib.teaching.figures.point_prediction import (
    show_against_p,
    show_best_answers,
    show_chroma_plane,
    show_losses,
)
from course_lib.teaching.figures.scoreboard import show_scoreboard
from course_lib.teaching.figures.shirts import (
    name_dyes,
    show_images,
    show_samples,
    show_shirts,
)
from course_lib.teaching.figures.softmax import (
    show_color_classes,
    show_photographs,
    show_pixel_probabilities,
    show_quantised,
)
from course_lib.teaching.figures.start_here import (
    show_four_answers,
    show_law,
    show_one_shirt,
)
from course_lib.teaching.figures.structured import (
    show_against,
    show_boxes,
    show_choice,
    show_symbols,
    show_thinking,
)
from course_lib.teaching.figures.style import LOOKS, Look, in_style, looks, start
from course_lib.teaching.figures.tables import Table
from course_lib.teaching.figures.training import show_history

__all__ = [
    "LOOKS", "Look", "Table", "chroma_to_rgb", "describe", "draw_bins",
    "draw_chroma_axis", "draw_density", "draw_dirac", "draw_references", "in_style",
    "looks", "name_dyes", "outcome", "png", "show_against", "show_against_p",
    "show_agreement", "show_bars", "show_best_answers", "show_best_critic",
    "show_border", "show_both_cycles", "show_boxes", "show_cache",
    "show_calibration", "show_choice", "show_chroma_plane", "show_color_classes",
    "show_colorized", "show_curves", "show_density", "show_dependence",
    "show_drawings", "show_dyed", "show_facades", "show_fields", "show_forks",
    "show_four_answers", "show_frames", "show_game_paths", "show_gate",
    "show_graphs", "show_growth", "show_history", "show_holes", "show_images",
    "show_large", "show_latent_clouds", "show_latent_frames", "show_latent_plane",
    "show_law", "show_losses", "show_masks", "show_matrices", "show_move",
    "show_next_value", "show_one_plan", "show_one_shirt", "show_order",
    "show_patch", "show_patch_scores", "show_photographs",
    "show_pixel_probabilities", "show_places", "show_players", "show_posteriors",
    "show_quantile", "show_quantised", "show_runs", "show_samples",
    "show_scoreboard", "show_scores", "show_shirts", "show_strip", "show_symbols",
    "show_thinking", "show_tiny_images", "show_two_averages", "show_two_stacks",
    "show_unet", "show_velocities", "show_walk", "show_walk_round", "show_wiggles",
    "start",
]

for _name in __all__:                  # so that no figure can forget the style
    if _name.startswith(("show_", "draw_")):
        _function = globals()[_name]
        globals()[_name] = in_style(_function)
        setattr(sys.modules[_function.__module__], _name, globals()[_name])
