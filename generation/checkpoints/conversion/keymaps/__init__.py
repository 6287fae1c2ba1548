"""How the tensors of the authors' checkpoints become those of diffusers' networks.

The maps follow from a network's configuration, and each of them is one to one: no
tensor on either side is left over.
"""
