# SPDX-License-Identifier: Apache-2.0
"""The pages about the source name files, functions and test programs that are there."""

import re
import unittest

from pages import ROOT

PAGES = ['lib/README.md', 'doc/internals.md']
QUOTED = re.compile(r'`([^`\s]+)`')
FILE = re.compile(r'[\w.]+(?:/[\w.]+)*/\w+\.\w+')
# A file, and in brackets what is in it: `engine/engine.cpp` (`result_of`).
CONTENT = re.compile(r'`([\w/.]+\.[ch]pp)`\s+\(((?:`\w+`(?:, )?)+)\)')


def file_of(name):
    """The path of a file that is named from a room of lib/ or from the root; None if there is none."""
    found = [ROOT / folder / name for folder in ('lib', '', 'include')]
    return next((path for path in found if path.exists()), None)


class Places(unittest.TestCase):
    def test_files_are_there(self):
        for page in PAGES:
            for name in QUOTED.findall((ROOT / page).read_text()):
                if FILE.fullmatch(name):
                    with self.subTest(page=page, name=name):
                        self.assertIsNotNone(file_of(name), f'{page}: {name} is not there')

    def test_what_is_named_in_brackets_is_in_the_file(self):
        for page in PAGES:
            pairs = CONTENT.findall((ROOT / page).read_text())
            for name, words in pairs:
                for word in QUOTED.findall(words):
                    with self.subTest(page=page, name=name, word=word):
                        found = re.search(rf'\b{word}\b', file_of(name).read_text())
                        self.assertTrue(found, f'{page}: {name} has no {word}')

    def test_programs_are_there(self):
        programs = {path.stem for path in (ROOT / 'test').rglob('*_test.cpp')}
        for page in PAGES:
            for name in QUOTED.findall((ROOT / page).read_text()):
                if re.fullmatch(r'\w+_test', name):
                    with self.subTest(page=page, name=name):
                        self.assertTrue(name in programs, f'{page}: there is no test {name}')


if __name__ == '__main__':
    unittest.main()
