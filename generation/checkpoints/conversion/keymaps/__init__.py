"""Key maps from the tensors of the authors' checkpoints to those of diffusers.

The maps follow from a network's configuration, and each of them is one to one: no
tensor on either side is left over.
"""
