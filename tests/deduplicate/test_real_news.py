"""Real news, where it is at hand: scrapes of one address are copies of each other."""

import os
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from saaf.config import DeduplicateConfig, project_root
from saaf.deduplicate.similarity import jaccard

DATA = Path(os.environ.get("SAAF_DATA", project_root().parent / "shared" / "data"))


@pytest.mark.skipif(not (DATA / "same_url_pairs.parquet").exists(), reason="the development data is not here")
def test_scrapes_of_one_address_are_copies() -> None:
    texts = pq.read_table(DATA / "news_raw.parquet", columns=["id", "text"]).to_pylist()
    by_id = {row["id"]: row["text"] for row in texts}
    pairs = pq.read_table(DATA / "same_url_pairs.parquet").to_pylist()[::15]
    config = DeduplicateConfig()
    similar = [jaccard(by_id[pair["id_a"]], by_id[pair["id_b"]], config) >= config.threshold for pair in pairs]
    assert len(similar) > 100
    assert sum(similar) / len(similar) >= 0.96
