"""Words of what was raised, and what they mean to a learner."""

ERRORS = {                         # words of what was raised, and what they mean
    "only one element tensors": "math and float() take one number. For a tensor take "
                                "the functions of torch, such as p.log().",
    "is ambiguous": "The tensor holds many numbers, and `if` decides about one. "
                    "Compare them all at once, or go through them in a loop.",
    "must match the size": "To compare each number of one tensor with each of another, "
                           "give the first a second dimension: u[:, None].",
    "must be Tensor, not": "The functions of torch take tensors: torch.tensor(...), "
                           "or math for a single number.",
    "does not support bool": "True and False are no numbers yet: .int() first.",
    "not implemented for 'Bool'": "True and False are no numbers yet: .int() first.",
    "out of bounds": "An index is too large. Counting begins at 0, and what lies "
                     "outside belongs to the outermost place.",
    "for ^": "A power is written **.",
    "division by zero": "A product of small numbers has become 0: look at both sides "
                        "of the fraction.",
    "cannot be multiplied": "A product of matrices adds up over the last dimension of "
                            "the first and the first of the second: print both shapes.",
    "einsum(): the number": "Each input needs as many letters as it has dimensions.",
    "channels, but got": "A layer takes as many channels as the one before it gives, "
                         "and the first one as many as the input has.",
    "positional argument": "It must take what the exercise names, in that order.",
    "not require grad": "What you differentiate by must record gradients, before it is "
                        "used: y = y.clone().requires_grad_().",
    "to not have been used": "What you differentiate by was not used: call the critic "
                             "on the very y that records gradients.",
    "only for scalar outputs": "Only one number can be differentiated: add them up.",
    "numpy() on": "What records gradients stays in torch, or they are lost.",
    "dim must be a 2-tuple": "norm takes at most two dimensions: flatten(1) first.",
    "before Module.__init__": "Begin __init__ with super().__init__().",
    "greater than actual input": "The picture has become smaller than the kernel: too "
                                 "many strides, or too large a kernel.",
    "inputs` argument to": "There is nothing to differentiate by: it is y that the "
                           "gradient is taken in, and not the weights.",
    "function_or_method": "A function was named and not called: add its ().",
    "'tuple' object": "A tuple is no tensor. torch.autograd.grad returns one, so take "
                      "the gradient out: slope, = torch.autograd.grad(...).",
    "'NoneType' object": "Something is None: a .grad before backward was called, or "
                         "of what records no gradients; or a function without return.",
    "object has no attribute": "That is not the tensor, or the module, that you took "
                               "it for: print its type."}


def meaning(error: str) -> str | None:
    """Return what the words of an error mean to a learner; None if nobody knows."""
    return next((says for words, says in ERRORS.items() if words in error), None)
