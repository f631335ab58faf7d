#!/usr/bin/env python3
"""Writes the golden files beside this file: text.bin, and what other implementations make of it.

Needs python-snappy and zstandard. The Snappy file has literals, near and far copies and runs.
"""
import gzip
import pathlib
import random
import zlib

import snappy
import zstandard

HERE = pathlib.Path(__file__).parent
random.seed(8785)
words = [bytes(random.choices(range(97, 123), k=random.randint(2, 12))) for _ in range(300)]
text = b" ".join(random.choices(words, k=3000)) + b"\0" * 5000 + b"ab" * 3000 + random.randbytes(3000) + b" ".join(words)
(HERE / "text.bin").write_bytes(text)
(HERE / "text.snappy").write_bytes(snappy.compress(text))
(HERE / "text.zst").write_bytes(zstandard.compress(text, 19))
# A stream does not say its size, and a second frame follows.
stream = zstandard.ZstdCompressor().compressobj()
(HERE / "frames.zst").write_bytes(stream.compress(text[:9000]) + stream.flush() + zstandard.compress(text[9000:]))
(HERE / "text.gz").write_bytes(gzip.compress(text[:100], mtime=0) + gzip.compress(text[100:], mtime=0))
deflate = zlib.compressobj(wbits=-15)
(HERE / "text.deflate").write_bytes(deflate.compress(text) + deflate.flush())
