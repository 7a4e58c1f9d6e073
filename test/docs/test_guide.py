# SPDX-License-Identifier: Apache-2.0
"""The guide's pages are in the order of need, each begins with what it answers and leads to its whole program, and
its pictures are drawn from the text beside them."""

import re
import unittest

from pages import ROOT, guide

FOLDER = ROOT / 'doc/guide'
FIRST = ['quick_start', 'client', 'server', 'certificates', 'trust', 'errors', 'closing', 'time', 'threads', 'sockets',
         'serving', 'deployment']
LINE_OF_PROSE = re.compile(r'[A-Z*\[`].*')


def listed():
    """The pages that the index lists, in its order."""
    index = (FOLDER / 'README.md').read_text()
    return re.findall(r'^\| \[[^\]]+\]\((\w+)\.md\) \|', index, re.MULTILINE)


def pages():
    return [page for page in guide() if page.name != 'README.md']


class Guide(unittest.TestCase):
    def test_index_has_every_page_once_in_the_order_of_need(self):
        self.assertEqual(listed()[:len(FIRST)], FIRST)
        self.assertEqual(listed()[-1], 'options')
        self.assertEqual(sorted(listed()), sorted(page.stem for page in pages()))

    def test_pages_begin_with_what_they_answer(self):
        for page in pages():
            with self.subTest(page=page.name):
                title, blank, first = page.read_text().splitlines()[:3]
                self.assertRegex(title, '^# ')
                self.assertEqual(blank, '')
                self.assertRegex(first, LINE_OF_PROSE)

    def test_pages_lead_to_their_whole_program(self):
        for page in pages():
            program = FOLDER / 'example' / (page.stem + '.cpp')
            if not program.exists():
                continue
            with self.subTest(page=page.name):
                text = page.read_text()
                shown = f'```cpp\n{program.read_text().partition(chr(10))[2]}```'
                self.assertTrue(f'](example/{program.name})' in text or shown in text)

    def test_pictures_are_drawn_from_texts_and_shown(self):
        shown = ' '.join(page.read_text() for page in pages())
        for picture in (FOLDER / 'picture').glob('*.svg'):
            with self.subTest(picture=picture.name):
                self.assertTrue(picture.with_suffix('.dot').exists())
                self.assertIn(f'](picture/{picture.name})', shown)
        for text in (FOLDER / 'picture').glob('*.dot'):
            with self.subTest(text=text.name):
                drawn = text.with_suffix('.svg').read_text()
                for words in re.findall(r'label="([^"\\]+)', text.read_text()):
                    self.assertIn(words.strip().replace("'", '&#39;'), drawn.replace('&#45;', '-'))


if __name__ == '__main__':
    unittest.main()
