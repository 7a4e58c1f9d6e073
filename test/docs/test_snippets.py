# SPDX-License-Identifier: Apache-2.0
"""Every block of C++ in README.md, the guide and the migration pages is, but for its indentation, a run of
lines of a source file that the build compiles: no snippet rots."""

import os
import pathlib
import unittest

from pages import ROOT, blocks, dedented, guide, migration


def compiled():
    """The lines of each source that the build names."""
    return [pathlib.Path(path).read_text().splitlines()
            for path in os.environ['IOSTLS_COMPILED'].splitlines()]


def holds(source, snippet):
    size = len(snippet)
    first = snippet[0].strip()
    return any(source[i].strip() == first and dedented(source[i:i + size]) == snippet
               for i in range(len(source) - size + 1))


class Snippets(unittest.TestCase):
    sources = None

    def check(self, page):
        if Snippets.sources is None:
            Snippets.sources = compiled()
        for block in blocks(page, 'cpp'):
            snippet = dedented(block.text.splitlines())
            self.assertTrue(any(holds(source, snippet) for source in self.sources),
                            f'{page}:{block.line}: not in a source that is compiled:\n{block.text}')


def add_case(page):
    name = 'test_' + str(page.relative_to(ROOT).with_suffix('')).replace('/', '_')
    setattr(Snippets, name, lambda self: self.check(page))


for each in [ROOT / 'README.md'] + guide() + migration():
    add_case(each)

if __name__ == '__main__':
    unittest.main()
