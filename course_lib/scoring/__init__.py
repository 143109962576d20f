"""One score for every model: how far it is from the truth, figure by figure.

    from course_lib.scoring import baselines, rows, score

    result = score(model, world, name="Gaussian", history=history)
    result.coherence                          # Estimate(value, error)
    figures.Table(rows([score(world.truth, world), result]))
    figures.show_calibration({"Gaussian": result.calibration_curve})

The files: `estimate` (a number and its error), `evidence` (what a model's samples and
likelihoods say about each shirt), `metrics` and `calibration` (what that adds up to),
`scores` (all of it in one call), `baselines`, `billiards` and `facades` with `bricks`
and `textures` (the figures of other worlds), `probe` (what can be read off a latent),
`images` (bits per dimension, and a classifier, where nobody knows the truth).
"""

from course_lib.scoring.baselines import AlteredWorld, baselines
from course_lib.scoring.billiards import BilliardsScore
from course_lib.scoring.calibration import CalibrationCurve
from course_lib.scoring.estimate import Estimate
from course_lib.scoring.evidence import COHERENT_DISTANCE, COHERENT_SHARE
from course_lib.scoring.images import Classifier, mean_bits_per_dim
from course_lib.scoring.metrics import total_correlation
from course_lib.scoring.scores import Score, rows, score

__all__ = ["COHERENT_DISTANCE", "COHERENT_SHARE", "AlteredWorld", "BilliardsScore",
           "CalibrationCurve", "Classifier", "Estimate", "Score", "baselines",
           "mean_bits_per_dim", "rows", "score", "total_correlation"]
