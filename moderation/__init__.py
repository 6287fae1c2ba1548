"""Judge prompts, embeddings and images: classifiers measure, a policy judges."""

from moderation.gates import EmbeddingGate, HashGate, ImageGate, JointGate, PromptGate
from moderation.policy import Policy
from moderation.verdict import Category, Outcome, Reason, Rule, Shadow, Verdict

__all__ = [
    "Category",
    "EmbeddingGate",
    "HashGate",
    "ImageGate",
    "JointGate",
    "Outcome",
    "Policy",
    "PromptGate",
    "Reason",
    "Rule",
    "Shadow",
    "Verdict",
]
