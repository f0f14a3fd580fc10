"""The pairs job with `datatrove`, two tasks on two workers.

    python peer_datatrove.py PAIRS OUT whole|excerpts

Its own exact deduplication in its three stages (signatures, find, filter). The rules stand in the last, so that no pair
is written in between and no duplicate judged. They are a filter of ours: its `LanguageFilter` judges one text a
document, and downloads a model.
"""

import os
import sys
from functools import partial
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

from datatrove.data import Document
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.base import PipelineStep
from datatrove.pipeline.dedup import ExactDedupConfig, ExactDedupFilter, ExactDedupSignature, ExactFindDedups
from datatrove.pipeline.filters.base_filter import BaseFilter
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import ParquetWriter
from datatrove.utils.logging import logger
from judge import JUDGES, Judge

TASKS = 2


class KeepPairs(BaseFilter):
    """Keeps the pairs that nothing is held against: the source is the document's text, all else its metadata."""

    name = "pairs"

    def __init__(self, judge: Judge) -> None:
        super().__init__()
        self._judge = judge

    def filter(self, doc: Document) -> bool | tuple[bool, str]:
        """Judge one pair."""
        about = doc.metadata
        reason = self._judge(doc.text, about["target"], about["source_lang"], about["target_lang"])
        return (False, reason) if reason else True


def both_sides(doc: Document) -> bytes:
    """Return what makes pairs equal."""
    return f"{doc.text}\0{doc.metadata['target']}".encode()


def as_pair(_: PipelineStep, doc: Document) -> dict[str, str]:
    """Return a document as the row that is written."""
    langs = {name: doc.metadata[name] for name in ("source_lang", "target_lang")}
    return {"source": doc.text, "target": doc.metadata["target"], **langs}


def main(pairs: Path, out: Path, judge: Judge) -> None:
    """Read, deduplicate, judge and write."""
    logger.remove()
    config = ExactDedupConfig(content_getter=both_sides)
    read = partial(JsonlReader, str(pairs), text_key="source", add_file_path=False)
    signatures, found = str(out / "signatures"), str(out / "found")
    stages: list[list[PipelineStep]] = [
        [read(), ExactDedupSignature(signatures, config, finder_workers=TASKS)],
        [ExactFindDedups(signatures, found, config, lines_to_buffer=4096)],
        [
            read(),
            ExactDedupFilter(found, config),
            KeepPairs(judge),
            ParquetWriter(str(out / "data"), adapter=as_pair, batch_size=10_000),
        ],
    ]
    for number, stage in enumerate(stages):
        logs = str(out / f"logs-{number}")
        LocalPipelineExecutor(stage, tasks=TASKS, workers=TASKS, logging_dir=logs, start_method="fork").run()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), JUDGES[sys.argv[3]])
