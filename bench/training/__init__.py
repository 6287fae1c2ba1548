"""Steps of the training stages, beside those of a plain loop over the same networks."""
