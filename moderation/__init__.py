"""Judge prompts, embeddings and images: classifiers measure, a policy judges."""

from moderation.gates import EmbeddingGate, HashGate, ImageGate, JointGate, PromptGate
from moderation.policy import Policy
from moderation.verdict import (
    Category,
    Failure,
    Gate,
    Outcome,
    PolicyTable,
    Reason,
    Rule,
    Shadow,
    Subject,
    Verdict,
)

__all__ = [
    "Category",
    "EmbeddingGate",
    "Failure",
    "Gate",
    "HashGate",
    "ImageGate",
    "JointGate",
    "Outcome",
    "Policy",
    "PolicyTable",
    "PromptGate",
    "Reason",
    "Rule",
    "Shadow",
    "Subject",
    "Verdict",
]
