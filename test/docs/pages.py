# SPDX-License-Identifier: Apache-2.0
"""The pages under doc/, and what is in them."""

import pathlib
import re
import typing

ROOT = pathlib.Path(__file__).resolve().parents[2]

FENCE = re.compile(r'^( *)```(\S*)\n(.*?)^\1```$', re.MULTILINE | re.DOTALL)


class Block(typing.NamedTuple):
    """A fenced block of a page."""
    line: int
    language: str
    text: str


def guide():
    return sorted((ROOT / 'doc/guide').glob('*.md'))


def migration():
    return sorted((ROOT / 'doc/migrate').glob('*.md'))


def blocks(page, language):
    text = page.read_text()
    for match in FENCE.finditer(text):
        if match[2] == language:
            yield Block(text.count('\n', 0, match.start()) + 1, match[2], match[3])


def dedented(lines):
    """Without the indentation that all of them share, and without spaces at their ends."""
    lines = [line.rstrip() for line in lines]
    depth = min((len(line) - len(line.lstrip()) for line in lines if line), default=0)
    return [line[depth:] for line in lines]
