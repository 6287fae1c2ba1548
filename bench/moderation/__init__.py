"""The cost of judging prompts, embeddings and uploads."""
