"""Judge prompts, embeddings and images: classifiers measure, a policy judges."""

from moderation.gates import EmbeddingGate, HashGate, ImageGate, PromptGate
from moderation.policy import Policy
from moderation.verdict import Category, Outcome, Reason, Rule, Verdict

__all__ = [
    "Category",
    "EmbeddingGate",
    "HashGate",
    "ImageGate",
    "Outcome",
    "Policy",
    "PromptGate",
    "Reason",
    "Rule",
    "Verdict",
]
