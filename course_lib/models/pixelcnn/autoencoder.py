"""An autoencoder whose decoder is a PixelCNN. Lesson 07."""

from typing import Any

from torch import Tensor, nn

from course_lib.contract import Given, LikelihoodModel
from course_lib.models.outputs import check_outputs, picture_shape


class PixelCNNAutoencoder(LikelihoodModel):
    """A picture as a short code, and a distribution of pictures for each code.

        log p(y | x) = Σᵢ log p(yᵢ | y₁ … yᵢ₋₁, encoder(x))

    encoder: x -> code, (batch, numbers), for instance `ImageToVector`. A code of large
             numbers shuts gates for good: with a high lr, let a batch norm follow.
    decoder: a model of y given a code, for instance a `GatedPixelCNN` whose condition
             is `VectorCondition(numbers)`: the code is then in all of its gates

    What is given is a picture, usually y itself, and both halves are trained at once.
    A decoder trained on squared error has one answer for a code, a blurred one where
    the code leaves something open. This one has as many answers as are asked for, and
    the code need not tell what the decoder knows from the pixels drawn before.
    Aaron van den Oord et al., "Conditional image generation with PixelCNN decoders",
    2016, section 2.4. Lesson 07.
    """

    def __init__(self, encoder: nn.Module, decoder: LikelihoodModel):
        super().__init__()
        condition = getattr(decoder, "condition", None)
        if condition is None:
            raise TypeError(f"decoder is {type(decoder).__name__} without a condition; "
                            f"give a model of images whose condition is a code, such "
                            f"as GatedPixelCNN(..., VectorCondition(8)).")
        wanted = getattr(condition, "features", condition.out_channels)
        self.encoder = check_outputs(
            encoder, wanted, "as the decoder's condition takes", "out_features")
        self.decoder = decoder
        self.sample_options = decoder.sample_options
        self.y_shape = decoder.y_shape
        self.given_shape = picture_shape(encoder, "in_channels") or decoder.y_shape

    def encode(self, image: Given) -> Tensor:
        """Return the code of each picture, (batch, numbers)."""
        return self.encoder(self.check_given(image))

    def log_prob(self, y: Tensor, *, given: Given = None) -> Tensor:
        """Return log p(y | code of the picture given), (batch,), in nats, exactly."""
        return self.decoder.log_prob(y, given=self.encode(given))

    def draw(self, given: Given, n: int, batch: int, **how: Any) -> Tensor:
        """Return n variants of each picture given, which share its code; the options
        are the decoder's. For a code: `decoder.sample(code)`."""
        code = self.decoder.check_given(self.encoder(given))
        return self.decoder.draw(code, n, batch, **how)
