"""What judging costs: prompts, embeddings and uploads."""
