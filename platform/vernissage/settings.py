"""Every setting, its type and its default. No other module reads the environment."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from vernissage.errors import SettingsError


class Settings(BaseSettings):
    """Settings, read once at start-up and frozen afterwards."""

    model_config = SettingsConfigDict(
        env_prefix="VERNISSAGE_",
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
    )

    home: Path = Field(
        Path("var"), description="Folder of the database, the pictures and the keys."
    )
    database_url: str = Field(
        "",
        description="SQLAlchemy URL; empty means SQLite in the home folder."
        " For PostgreSQL: postgresql+psycopg://user:password@host/name.",
    )
    broker_url: str = Field(
        "memory://",
        description="Celery broker: memory:// needs no server; redis:// or amqp://.",
    )
    host: str = Field("127.0.0.1", description="Address of the web server.")
    port: int = Field(8000, ge=1, le=65535, description="Port of the web server.")
    threads: int = Field(
        32,
        ge=4,
        le=512,
        description="Threads of the web server; at most half of them stream progress.",
    )
    secret_key: SecretStr | None = Field(
        None,
        min_length=32,
        description="Signs cookies; unset means one made at the first start and kept in"
        " the home folder.",
    )
    secure_cookies: bool = Field(
        default=False,
        description="Send cookies over HTTPS only.",
    )
    weights: Path | None = Field(
        None, description="Folder of Kandinsky weights; unset means kandinsky-mini."
    )
    device: str = Field("cpu", description="Torch device of a generator: cpu or cuda.")
    dtype: Literal["float32", "bfloat16", "float16"] | None = Field(
        None,
        description="Precision of a generator; unset: float32 on cpu, half elsewhere.",
    )
    slots: int = Field(
        4, ge=1, le=64, description="Pictures that a generator paints at the same time."
    )
    translation: Path | None = Field(
        None,
        description="Folder of Marian weights that put Russian prompts into English for"
        " the prior; unset: those among the weights, if any.",
    )
    policy: Path = Field(
        Path("balanced"),
        description="Policy: balanced, strict or youth, which are bundled, or a file.",
    )
    shadow_policy: Path | None = Field(
        None,
        description="Another policy, likewise: what it would have said is recorded.",
    )
    clip: Path | None = Field(
        None,
        description="OpenAI's ViT-L/14 as open_clip lays it out, a safetensors file, to"
        " look at pictures with; unset: the image encoder among the weights.",
    )
    heads: Path | None = Field(
        None,
        description="Heads that were trained on that encoder, a file or a folder of"
        " them; unset: the bundled ones, which know kandinsky-mini alone.",
    )
    detoxify: Path | None = Field(
        None, description="Folder of Detoxify weights for the screener; unset: none."
    )
    detoxify_device: str = Field(
        "cpu", description="Torch device of Detoxify: cpu or cuda."
    )
    detoxify_dtype: Literal["float32", "int8"] = Field(
        "float32",
        description="Precision of Detoxify; int8 is faster and smaller, on cpu alone.",
    )
    datasets: str | None = Field(
        None,
        description="Folder, or fsspec URL, of the data sets that administrators may"
        " clean from the site; unset: none, and nothing is cleaned from there.",
    )
    cleaning_lists: Path | None = Field(
        None,
        description="Folder of CSV lists of banned pictures that cleaning drops; unset:"
        " none.",
    )
    aesthetics: Path | None = Field(
        None,
        description="Scorer of beauty for cleaning plans that ask it; unset: none.",
    )
    watermark: Path | None = Field(
        None,
        description="Scorer of watermarks for cleaning plans that ask it; unset: none.",
    )
    longest_prompt: int = Field(
        1000, ge=1, le=10_000, description="Characters that a prompt may have."
    )
    waiting_per_owner: int = Field(
        5, ge=1, description="Works that one visitor may have under way at once."
    )
    submissions_per_minute: int = Field(
        30, ge=1, description="Prompts that one address may send in a minute."
    )
    appeal_window_days: int = Field(
        183,
        ge=1,
        description="Days after a refusal in which its owner may appeal.",
    )
    appeal_answer_days: int = Field(
        7,
        ge=1,
        description="Days in which an appeal is to be answered; the owner is told so.",
    )
    lease_seconds: float = Field(
        30.0, gt=0, description="How long a silent worker keeps an artwork."
    )
    attempts: int = Field(
        3, ge=1, description="How often an artwork is tried before it counts as failed."
    )
    sweep_seconds: float = Field(
        2.0,
        gt=0,
        description="How often expired leases and missed notifications are looked for.",
    )
    log_json: bool = Field(
        default=False, description="Log lines as JSON instead of for reading."
    )

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database_url or f"sqlite:///{self.home / 'vernissage.sqlite3'}"

    @classmethod
    def load(cls) -> Self:
        """Read the environment; name every problem at once."""
        try:
            return cls()
        except ValidationError as error:
            problems = map(_described, error.errors())
            raise SettingsError("\n".join(problems)) from error


def _described(problem: ErrorDetails) -> str:
    name = "_".join(map(str, problem["loc"]))
    value = "" if name == "secret_key" else f", got {problem['input']!r}"
    return f"VERNISSAGE_{name.upper()}: {problem['msg']}{value}"
