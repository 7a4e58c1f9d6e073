# SPDX-License-Identifier: Apache-2.0
"""The pages of the cookbook show their programs, whole and as they are compiled, and the index has them all."""

import os
import pathlib
import unittest

from pages import ROOT, blocks

FOLDER = ROOT / 'doc/cookbook'


def programs():
    """The text of each program that the build names, without its licence."""
    paths = map(pathlib.Path, os.environ['IOSTLS_COOKBOOK_SOURCES'].splitlines())
    return {path.name: path.read_text().split('\n', 1)[1] for path in paths}


def pages():
    return [page for page in sorted(FOLDER.glob('*.md')) if page.name != 'README.md']


class Cookbook(unittest.TestCase):
    def test_each_program_is_shown_whole(self):
        shown = [block.text for page in pages() for block in blocks(page, 'cpp')]
        for name, text in programs().items():
            with self.subTest(program=name):
                self.assertIn(text, shown, f'no page shows program/{name} as it is')

    def test_what_is_shown_is_a_program(self):
        known = programs().values()
        for page in pages():
            for block in blocks(page, 'cpp'):
                with self.subTest(page=page.name, line=block.line):
                    self.assertIn(block.text, known)

    def test_all_programs_are_built(self):
        self.assertEqual(sorted(programs()), sorted(p.name for p in (FOLDER / 'program').iterdir()))

    def test_index_has_each_page(self):
        index = (FOLDER / 'README.md').read_text()
        for page in pages():
            self.assertIn(f']({page.name})', index)


if __name__ == '__main__':
    unittest.main()
