"""Real news, where it is at hand: scrapes of one address are copies of each other."""

from pathlib import Path

import pyarrow.parquet as pq

from saaf.config import DeduplicateConfig
from saaf.deduplicate.similarity import jaccard


def test_scrapes_of_one_address_are_copies(data: Path) -> None:
    texts = pq.read_table(data / "news_raw.parquet", columns=["id", "text"]).to_pylist()
    by_id = {row["id"]: row["text"] for row in texts}
    pairs = pq.read_table(data / "same_url_pairs.parquet").to_pylist()[::15]
    config = DeduplicateConfig()
    similar = [jaccard(by_id[pair["id_a"]], by_id[pair["id_b"]], config) >= config.threshold for pair in pairs]
    assert len(similar) > 100
    assert sum(similar) / len(similar) >= 0.96
