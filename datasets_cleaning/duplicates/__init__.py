"""Pictures that a data set has more than once: to the bit, to the eye, in meaning."""
