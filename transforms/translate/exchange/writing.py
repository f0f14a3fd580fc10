"""Entries of the memory as TMX, JSON lines or Parquet; a stream in, a stream out."""

import gzip
import re
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import pyarrow.parquet as pq

from transforms.files import NewFile, written
from transforms.read.tmx import OWN
from transforms.translate.entries import SCHEMA, Entry, to_line, to_table

ROWS = 10_000
"""Entries of a Parquet row group."""

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE tmx SYSTEM "tmx14.dtd">
<tmx version="1.4">
<header creationtool="langloom" creationtoolversion="1" segtype="block" o-tmf="langloom" adminlang="en"
  srclang="*all*" datatype="plaintext"/>
<body>
"""
_TAIL = "</body>\n</tmx>\n"

_NOT_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 can't hold as they are; it makes a carriage return a line feed."""


def export(entries: Iterable[Entry], path: str, form: str) -> tuple[int, int]:
    """Write entries to a file, which appears when it is complete; return how many were written, and left out.

    Args:
      entries: in the order in which they are to stand.
      path: the file, on any Beam file system; one whose name ends in `.gz` is compressed.
      form: `tmx` (1.4b), `jsonl` or `parquet`. What XML 1.0 has no characters for is left out of TMX.
    """
    with written(NewFile(path)) as new:
        if path.endswith(".gz"):
            with gzip.GzipFile("", "wb", fileobj=new.file, mtime=0) as packed:  # neither name nor time: the same bytes
                numbers = WRITERS[form](entries, packed)
        else:
            numbers = WRITERS[form](entries, new.file)
    return numbers


def _tmx(entries: Iterable[Entry], file: Any) -> tuple[int, int]:
    file.write(_HEAD.encode())
    written = left_out = 0
    for entry in entries:
        if any(map(_NOT_XML.search, (entry.text, entry.translation, entry.signature, entry.origin))):
            left_out += 1
            continue
        sides = ((entry.source, entry.text), (entry.target, entry.translation))
        variants = "".join(f"<tuv xml:lang={quoteattr(tag)}><seg>{escape(text)}</seg></tuv>" for tag, text in sides)
        facts = {"origin": entry.origin, "signature": entry.signature, "digits": str(int(entry.digits))}
        told = "".join(f'<prop type="{OWN}{name}">{escape(value)}</prop>' for name, value in facts.items())
        file.write(f"<tu srclang={quoteattr(entry.source)}>{told}{variants}</tu>\n".encode())
        written += 1
    file.write(_TAIL.encode())
    return written, left_out


def _json_lines(entries: Iterable[Entry], file: Any) -> tuple[int, int]:
    written = 0
    for entry in entries:
        file.write(to_line(entry))
        written += 1
    return written, 0


def _parquet(entries: Iterable[Entry], file: Any) -> tuple[int, int]:
    written, rest = 0, iter(entries)
    with pq.ParquetWriter(file, SCHEMA, compression="zstd") as writer:
        while some := list(islice(rest, ROWS)):
            writer.write_table(to_table(some))
            written += len(some)
    return written, 0


WRITERS: dict[str, Callable[[Iterable[Entry], Any], tuple[int, int]]] = {
    "tmx": _tmx,
    "jsonl": _json_lines,
    "parquet": _parquet,
}
