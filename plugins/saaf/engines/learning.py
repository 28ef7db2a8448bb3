"""Learning rules from a lake: what its pages repeat, written as a proposal that a person adopts or does not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from saaf.config import CorpusConfig
from saaf.errors import ConfigError

if TYPE_CHECKING:
    import pyarrow as pa

    from saaf.clean.learn import Adopted

_COLUMNS = ["doc_id", "site", "raw_text", "url", "given_title", "source"]
_SAMPLES = 10


class SiteLines(BaseModel):
    """What was learned of a site: how many lines, and what share of its text they are."""

    model_config = ConfigDict(frozen=True)

    site: str
    lines: int
    share: float


class RulesProposed(BaseModel):
    """A proposal, in figures and ids: nothing that an article says.

    Attributes:
        file: The proposal.
        pages: Pages that were read.
        articles: Distinct articles among them.
        rules: Rules of the proposal.
        lines: Lines that they remove.
        cut: Lines more that had no room.
        sites: What was learned of each site, most lines first.
        samples: Ids of documents that have some of the lines.
    """

    model_config = ConfigDict(frozen=True)

    file: str
    pages: int
    articles: int
    rules: int
    lines: int
    cut: int
    sites: tuple[SiteLines, ...]
    samples: tuple[str, ...]


def propose_rules(
    config: CorpusConfig, root: Path, *, source: str | None = None, limit: int | None = None
) -> RulesProposed | None:
    """Learn from bronze what sites repeat, and write it as a proposed pack.

    Args:
        config: The corpus' configuration.
        root: The project's root.
        source: Learn from the pages of this source alone; None for all.
        limit: Pages to read at most, in the lake's order.

    Returns:
        The proposal; None where nothing was learned, and nothing was written.

    Raises:
        RuleError: A configured pack cannot be used.
        LakeError: The lake cannot be read.
    """
    from saaf.clean import Cleaner
    from saaf.clean.learn import LearnConfig, learn, write_pack
    from saaf.clean.learn.adoption import beside, put
    from saaf.lake import Lake

    settings = config.airflow.learn_rules
    lake = Lake.open(root / config.lake)
    # Both passes read these files, whatever is committed meanwhile.
    files = lake.catalogue().live("bronze")

    def scan() -> Iterator[pa.RecordBatch]:
        batches = (batch for file in files for batch in lake.read_file(file, _COLUMNS))
        return _at_most(limit, (_of(source, batch) for batch in batches))

    cleaner = Cleaner.load(beside(config.clean, root, settings.name), root)
    proposal = learn(scan, LearnConfig(min_articles=settings.min_articles), cleaner=cleaner)
    if not proposal.lines:
        return None
    about = (
        f"Lines that recur over distinct articles of a site, learned from {proposal.articles} distinct articles "
        f"on {proposal.pages} pages."
    )
    written = write_pack(proposal.lines, settings.name, about=about)
    file = root / settings.proposals / f"{settings.name}.yaml"
    put(file, written.content)
    lines = Counter(line.site for line in proposal.lines)
    return RulesProposed(
        file=str(file),
        pages=proposal.pages,
        articles=proposal.articles,
        rules=written.rules,
        lines=written.lines,
        cut=written.cut + proposal.cut,
        sites=tuple(
            SiteLines(site=site, lines=count, share=proposal.shares[site])
            for site, count in sorted(lines.items(), key=lambda item: (-item[1], item[0]))
        ),
        samples=tuple(islice(dict.fromkeys(line.samples[0] for line in proposal.lines), _SAMPLES)),
    )


def adopt_rules(config: CorpusConfig, root: Path, *, by: str, at: str) -> Adopted:
    """Adopt the proposal as it stands now, with what a person has deleted gone.

    Args:
        config: The corpus' configuration.
        root: The project's root.
        by: Who approved it.
        at: When, in ISO form.

    Raises:
        ConfigError: The configuration's packs would not take it.
        RuleError: The proposal cannot be used.
    """
    from saaf.clean.learn import adopt
    from saaf.clean.packs import find_packs

    settings = config.airflow.learn_rules
    adopted = adopt(root / settings.proposals / f"{settings.name}.yaml", root / settings.adopted, by=by, at=at)
    if adopted.file not in find_packs(config.clean.packs, root):
        raise ConfigError(
            f"{adopted.file} was adopted, and no run would use it",
            where="clean.packs of the configuration",
            next_step='name the folder there: "learned/*.yaml" counts from include/rules',
        )
    return adopted


def _of(source: str | None, batch: pa.RecordBatch) -> pa.RecordBatch:
    import pyarrow.compute as pc

    return batch if source is None else batch.filter(pc.equal(batch.column("source"), source))


def _at_most(limit: int | None, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        if limit is None:
            yield batch
            continue
        yield batch.slice(0, limit)
        limit -= min(limit, batch.num_rows)
        if not limit:
            return
