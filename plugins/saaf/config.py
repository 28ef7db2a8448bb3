"""Configuration: one frozen model a stage, the doc under each field, hashed into every output.

``include/corpus.yaml`` holds the configuration that the DAGs run with. Nothing else is read: no
environment variable changes what a run decides, except the path of a source that names one.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from saaf import __version__
from saaf.errors import ConfigError

Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
"""A name that is safe in paths, uris and DAG params."""

_MIB = 1024 * 1024


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class SourceConfig(_Frozen):
    """Where raw text comes from, and what its fields are called."""

    name: Slug
    """Name of the source: what a run is asked for, and the first part of every uri."""
    path: str | None = None
    """Folder, file or fsspec URL. A relative path counts from the project's root."""
    path_from_environment: str | None = Field(default=None, pattern=r"^[A-Z][A-Z0-9_]*$")
    """Environment variable that holds the path instead, for paths that differ by machine."""
    site: str | None = None
    """Site of all its documents, where the input does not say."""
    priority: int = 100
    """Which source keeps its copy of a text: the lowest number first."""
    id_field: str | None = None
    """Field that holds the record's id, in formats with fields. None: doc_id, id."""
    text_field: str | None = None
    """Field that holds the text. None: text, content, body, raw_text."""
    title_field: str | None = None
    """Field that holds the title. None: title, headline."""
    url_field: str | None = None
    """Field that holds the page's address. None: url, link."""
    date_field: str | None = None
    """Field that holds the publication date. None: published, date."""
    site_field: str | None = None
    """Field that holds the site. None: site."""

    @model_validator(mode="after")
    def _one_path(self) -> SourceConfig:
        if (self.path is None) == (self.path_from_environment is None):
            raise ValueError(f"source {self.name!r} needs exactly one of `path` and `path_from_environment`")
        return self

    @property
    def deciding(self) -> dict[str, Any]:
        """The fields that decide what is read from its files; where they lie does not."""
        return self.model_dump(mode="json", exclude={"path", "path_from_environment"})

    def location(self, root: Path) -> str:
        """The folder, file or URL to read.

        Raises:
            ConfigError: The environment variable that should name it is not set.
        """
        path = self.path
        if self.path_from_environment is not None:
            path = os.environ.get(self.path_from_environment)
        if not path:
            raise ConfigError(
                f"source {self.name!r} takes its path from the environment variable {self.path_from_environment}, which is not set",
                next_step=f"set it: {self.path_from_environment}=/path/to/texts",
            )
        if "://" in path:
            return path
        return str(root / Path(path).expanduser())


class IngestConfig(_Frozen):
    """Limits and habits of reading."""

    settle_seconds: float = Field(default=2.0, ge=0)
    """A file changed less than this ago is looked at again after this time, and left for the next run if it grew."""
    max_objects: int = Field(default=100_000, ge=1)
    """Input objects that one run takes; the rest waits for the next run."""
    shard_bytes: int = Field(default=64 * _MIB, ge=1024)
    """Input bytes a shard, roughly: objects are not cut."""
    max_shards: int = Field(default=512, ge=1, le=1000)
    """Shards a run; Airflow maps a task over at most 1,024."""
    max_object_bytes: int = Field(default=8 * 1024 * _MIB, ge=1)
    """Decompressed bytes that are read from one object."""
    max_ratio: float = Field(default=200.0, gt=1)
    """Decompressed bytes for each compressed byte; looked at once 16 MiB are out."""
    max_window_bytes: int = Field(default=128 * _MIB, ge=_MIB)
    """Memory that a decompressor may ask for."""
    max_document_bytes: int = Field(default=64 * _MIB, ge=1)
    """Bytes of one record; a longer one is rejected as `document_too_large`."""
    batch_rows: int = Field(default=1000, ge=1)
    """Rows of a batch at most."""
    batch_bytes: int = Field(default=64 * _MIB, ge=1024)
    """Text bytes of a batch at most, unless one document is larger."""

    @property
    def deciding(self) -> dict[str, Any]:
        """The fields that decide what is read; the others decide only in how many pieces and when."""
        return self.model_dump(
            mode="json", include={"max_object_bytes", "max_ratio", "max_window_bytes", "max_document_bytes"}
        )


class SignalBounds(_Frozen):
    """What a quality signal must keep to; at least one of the two bounds is given."""

    at_least: float | None = None
    """The lowest value that is accepted."""
    at_most: float | None = None
    """The highest value that is accepted."""
    from_words: int = Field(default=0, ge=0)
    """Words of a text under which the bounds are not asked."""

    @model_validator(mode="after")
    def _bounds_something(self) -> SignalBounds:
        if self.at_least is None and self.at_most is None:
            raise ValueError("needs `at_least`, `at_most` or both")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError(f"`at_least` {self.at_least:g} is above `at_most` {self.at_most:g}: nothing would pass")
        return self


class CleanConfig(_Frozen):
    """What cleaning removes, keeps and rejects."""

    packs: tuple[str, ...] = ("*.yaml", "sites/*.yaml", "learned/*.yaml")
    """Rule packs: paths or globs below `include/rules`, or absolute ones."""
    languages: tuple[str, ...] = ()
    """ISO 639 codes of wanted languages; documents in others are rejected. Empty: all are wanted."""
    min_language_score: float = Field(default=0.5, ge=0, le=1)
    """A document is rejected for its language only where the language is at least this sure."""
    max_removed_share: float = Field(default=0.9, ge=0, le=1)
    """A document that loses more than this and keeps some text is rejected as `too_much_removed`."""
    max_rule_share: float = Field(default=0.2, gt=0, le=1)
    """Share of a site's characters that one rule may remove; past it a person is asked before anything is published."""
    min_rule_documents: int = Field(default=20, ge=1)
    """Documents of a site in a run from which on `max_rule_share` is looked at."""
    approved_rules: tuple[str, ...] = ()
    """Rules that may remove more than `max_rule_share`: ids, or `ID SITE` for one site alone."""
    filter: Literal["none", "news", "fineweb2-ur"] = "news"
    """Bounds on the quality signals that reject a document; `none` only annotates. `fineweb2-ur` holds the published
    thresholds of FineWeb-2 for Urdu, with its floor of 50 words."""
    bounds: dict[str, SignalBounds] = Field(default_factory=dict)
    """Bounds of your own by signal, such as `n_words: {at_least: 20}`; they go before those of the preset. A signal is
    a column of silver that holds numbers."""
    mask_pii: bool = False
    """Whether identity card, telephone and bank account numbers and e-mail addresses are put out of sight in the text,
    the title and all else that is read from a page. They are counted either way."""

    @field_validator("bounds")
    @classmethod
    def _bounds_of_signals(cls, bounds: dict[str, SignalBounds]) -> dict[str, SignalBounds]:
        from saaf.tables import SIGNALS

        if unknown := sorted(set(bounds).difference(SIGNALS)):
            raise ValueError(f"no signal is called {unknown[0]!r}; signals are {', '.join(SIGNALS)}")
        return bounds


class ValidateConfig(_Frozen):
    """The gates between the stages."""

    suites: str = "expectations"
    """Folder of the suites, one a table; a relative path counts from the project's root."""
    max_quarantined_share: float = Field(default=0.5, ge=0, le=1)
    """More rows than this quarantined, and the gate fails: something larger is wrong."""
    history_runs: int = Field(default=30, ge=1)
    """Earlier runs of the source that a run's figures are compared with, the latest."""
    min_history: int = Field(default=7, ge=1)
    """With fewer earlier runs than this, a figure is noted down and not compared."""
    band_sigmas: float = Field(default=3.5, gt=0)
    """Half the width of a figure's band, in standard deviations of what earlier runs and chance make of it."""
    min_band: float = Field(default=0.05, gt=0, lt=1)
    """Half the width of a band at least: of a share, as it is; of counts and lengths, as a share of the expected."""


class DeduplicateConfig(_Frozen):
    """What counts as a copy, and which copy stays."""

    shingle: Literal["character", "word"] = "character"
    """What a shingle is made of: characters of the match key, or words of the folded text."""
    shingle_size: int = Field(default=7, ge=1, le=32)
    """Characters or words of a shingle."""
    bands: int = Field(default=20, ge=1, le=256)
    """Bands of the signature: two documents that agree in one band are candidates."""
    rows: int = Field(default=5, ge=1, le=64)
    """Rows of a band. Bands times rows is the number of permutations."""
    seed: int = Field(default=1, ge=0, lt=2**32)
    """Seed of the permutations, as datasketch uses it."""
    threshold: float = Field(default=0.7, gt=0, le=1)
    """Exact Jaccard similarity at which a candidate is a copy."""
    contained: Literal["ignore", "flag", "drop"] = "ignore"
    """What to do with a short text that stands within a longer one."""
    containment_threshold: float = Field(default=0.8, gt=0, le=1)
    """Share of the shorter text's shingles that the longer one must hold."""
    numbers: Literal["short", "always", "never"] = "short"
    """Whose numbers must agree: of texts under `short_words` words, of all, of none."""
    short_words: int = Field(default=100, ge=0)
    """Words under which a text is short for `numbers`."""
    order: tuple[Literal["priority", "earliest", "longest", "quality"], ...] = ("priority", "earliest", "longest")
    """Which copy comes first, after those already in gold: that of the source whose priority is the lower number, the
    earliest, the longest, the one with more running text and fewer repeated lines; doc_id decides last."""
    max_bucket: int = Field(default=1000, ge=2)
    """Documents of one bucket that are compared with each new one at most; larger buckets are counted and reported."""
    memory_bytes: int = Field(default=1024 * _MIB, ge=16 * _MIB)
    """Memory for band keys, and for shingle sets while they are compared; folded texts wait in a temporary file."""

    @property
    def permutations(self) -> int:
        """Length of a signature."""
        return self.bands * self.rows

    @property
    def numbers_under(self) -> int:
        """Words under which both texts' numbers must agree for them to be copies."""
        return {"short": self.short_words, "always": sys.maxsize, "never": 0}[self.numbers]

    @property
    def index_settings(self) -> str:
        """Hash of what shapes band keys: an index is good only for runs with the same."""
        shaping = {"shingle", "shingle_size", "bands", "rows", "seed"}
        if self.contained != "ignore":
            shaping.add("containment_threshold")  # the index holds anchors too, as far apart as this says
        return digest(["band keys 2", self.model_dump(mode="json", include=shaping)])


class PublishConfig(_Frozen):
    """How Parquet is written."""

    row_group_rows: int = Field(default=1000, ge=1)
    """Rows of a row group."""
    compression_level: int = Field(default=3, ge=1, le=19)
    """Level of zstd."""


class ReportConfig(_Frozen):
    """How much a run's report shows."""

    samples: int = Field(default=5, ge=0, le=50)
    """Samples a rule or reason."""
    sample_characters: int = Field(default=500, ge=20)
    """Characters of a sample's text; a longer one is cut, visibly."""


class ApprovalConfig(_Frozen):
    """A person's approval, where a run asks for one."""

    timeout_hours: float = Field(default=72.0, gt=0)
    """Hours that Airflow waits for an answer."""
    on_timeout: Literal["approve", "reject"] = "reject"
    """What no answer in time means."""
    approvers: tuple[str, ...] = ()
    """Names of the Airflow users who may answer. Empty: everybody who may edit the DAG's runs."""


class NotifierConfig(_Frozen):
    """One of Airflow's notifiers, or of your own, and what it is told of."""

    notifier: str = Field(pattern=r"^[A-Za-z_][\w.]*\.[A-Za-z_]\w*$")
    """Import path of its class, such as `airflow.providers.smtp.notifications.smtp.SmtpNotifier`."""
    kwargs: dict[str, Any] = Field(default_factory=dict)
    """What it is made with. Secrets belong into an Airflow connection, which most notifiers take by name."""
    on: tuple[Literal["failure", "approval", "success", "deadline"], ...] = ("failure", "approval", "deadline")
    """When it speaks: a run failed, a person is asked, a run succeeded, a run is late."""


class LearnRulesConfig(_Frozen):
    """What `learn_rules` proposes, and where to; a relative folder counts from the project's root."""

    name: str = Field(default="news", pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)
    """Name of the pack; one of the same name that was adopted before is replaced."""
    proposals: str = "include/rules/proposed"
    """Folder of proposals, which no configuration may use."""
    adopted: str = "include/rules/learned"
    """Folder of adopted packs; `clean: packs:` has to take them from there, as its default does."""
    min_articles: int = Field(default=3, ge=2)
    """Distinct articles of a site that must repeat a line."""


class AirflowConfig(_Frozen):
    """What only the DAGs look at; no output depends on it."""

    notifiers: tuple[NotifierConfig, ...] = ()
    """Who is told what."""
    deadline_hours: float | None = Field(default=None, gt=0)
    """Hours after which a run that is not done is late; None for no deadline. With one, `airflow dags test` of
    Airflow 3.3 ends in an error after the run; the scheduler is fine."""
    learn_rules: LearnRulesConfig = LearnRulesConfig()
    """The DAG `learn_rules`."""
    memory_pool: str = "default_pool"
    """Airflow pool of the tasks that need much memory: cleaning and deduplication. One that is not there is made when
    Airflow starts."""
    memory_slots: int = Field(default=1, ge=1)
    """Tasks that such a pool lets run at once. One that is there keeps its own number: `airflow pools set` changes it."""


class MaintainConfig(_Frozen):
    """What `maintain` lets go of, and when."""

    generation_days: int = Field(default=7, ge=1)
    """Days that a generation is kept after a rebuild or a takedown has ended it, for those who still read it."""
    report_days: int | None = Field(default=365, ge=1)
    """Days that a run's report is kept. None: for ever."""
    index_files: int = Field(default=8, ge=2)
    """Files of the index from which on they are merged into one."""


class CorpusConfig(_Frozen):
    """The whole configuration of a corpus."""

    lake: str = "lake"
    """Where the tables lie; a relative path counts from the project's root."""
    sources: tuple[SourceConfig, ...] = Field(min_length=1)
    """Where raw text comes from."""
    ingest: IngestConfig = IngestConfig()
    """Reading."""
    clean: CleanConfig = CleanConfig()
    """Cleaning."""
    validate_: ValidateConfig = Field(default=ValidateConfig(), alias="validate")
    """Gates."""
    deduplicate: DeduplicateConfig = DeduplicateConfig()
    """Deduplication."""
    publish: PublishConfig = PublishConfig()
    """Parquet."""
    maintain: MaintainConfig = MaintainConfig()
    """Retention and compaction."""
    report: ReportConfig = ReportConfig()
    """Report."""
    approval: ApprovalConfig = ApprovalConfig()
    """Approval by a person."""
    airflow: AirflowConfig = AirflowConfig()
    """Airflow."""

    @model_validator(mode="after")
    def _names_differ(self) -> CorpusConfig:
        names = [s.name for s in self.sources]
        if twice := sorted({n for n in names if names.count(n) > 1}):
            raise ValueError(f"two sources bear the name {twice[0]!r}")
        return self

    def source(self, name: str) -> SourceConfig:
        """The source of that name.

        Raises:
            ConfigError: There is none.
        """
        for source in self.sources:
            if source.name == name:
                return source
        known = ", ".join(s.name for s in self.sources)
        raise ConfigError(
            f"no source is called {name!r}",
            next_step=f"name one of: {known}; or add it under `sources:` in the configuration",
        )


def digest(parts: Any) -> str:
    """A 16-digit hash of anything that JSON can hold, the same on every machine."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()[:16]


def config_hash(*parts: BaseModel | dict[str, Any], files: tuple[Path, ...] = ()) -> str:
    """Hash of what decided an output: configuration, the content of rule packs and suites, code version.

    Args:
        parts: The configuration models, or parts of them, that matter for the output.
        files: Files whose content matters; their place does not.
    """
    contents = sorted(hashlib.sha256(f.read_bytes()).hexdigest() for f in files)
    values = [part.model_dump(mode="json", by_alias=True) if isinstance(part, BaseModel) else part for part in parts]
    return digest([__version__, values, contents])


def project_root() -> Path:
    """The folder that holds `include/` and `expectations/`: the checkout, or what the wheel carries."""
    checkout = Path(__file__).resolve().parents[2]
    if (checkout / "include" / "rules").is_dir():
        return checkout
    return Path(__file__).resolve().parent / "_project"


def load_config(path: Path) -> CorpusConfig:
    """Read a configuration file.

    Raises:
        ConfigError: The file is not there, is not YAML, or holds a field or value that is not allowed.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        raw = YAML(typ="safe", pure=True).load(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            f"there is no configuration file {path}",
            next_step="name one with --config, or start from include/corpus.yaml",
        ) from None
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise ConfigError(
            f"the configuration cannot be read: {error}", where=str(path), next_step="mend the file and run again"
        ) from error
    try:
        return CorpusConfig.model_validate(raw)
    except ValidationError as error:
        lines = [
            f"{'.'.join(map(str, e['loc'])) or 'the file'}: {e['msg']} (found {e['input']!r})"
            for e in error.errors()[:5]
        ]
        raise ConfigError(
            "the configuration is not valid: " + "; ".join(lines),
            where=str(path),
            next_step="mend the field and run again",
        ) from None
