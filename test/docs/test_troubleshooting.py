# SPDX-License-Identifier: Apache-2.0
"""The guide's page on messages knows each message of the catalogue of refusals, and no other."""

import re
import unittest

from pages import ROOT

PAGE = ROOT / 'doc/guide/troubleshooting.md'
CATALOGUE = ROOT / 'test/unit/refusals/refusals.txt'


def messages():
    """What users are told, by the situations of the catalogue."""
    found = re.findall(r'^(\S[^\n]*):\n  (iostls: [^\n]*)$', CATALOGUE.read_text(), re.MULTILINE)
    return found


def rows():
    """The cells of each row about a message."""
    for line in PAGE.read_text().splitlines():
        if line.startswith('| `'):
            yield [cell.strip() for cell in re.split(r'(?<!\\)\|', line)[1:-1]]


def words():
    """The words by which the page's readers find their message, as patterns."""
    for row in rows():
        for span in re.findall(r'`([^`]+)`', row[0]):
            yield span, re.compile('.*'.join(re.escape(part) for part in span.split('...')))


class Troubleshooting(unittest.TestCase):
    def test_the_page_quotes_real_messages(self):
        texts = [text for _, text in messages()]
        self.assertGreater(len(texts), 80)
        for span, pattern in words():
            with self.subTest(span=span):
                self.assertTrue(any(pattern.search(text) for text in texts))

    def test_every_message_is_on_the_page(self):
        patterns = [pattern for _, pattern in words()]
        for situation, text in messages():
            with self.subTest(situation=situation):
                self.assertTrue(any(pattern.search(text) for pattern in patterns), text)

    def test_every_row_has_a_cause_and_what_to_do(self):
        for row in rows():
            with self.subTest(row=row[0]):
                self.assertEqual(len(row), 3)
                self.assertTrue(all(row), 'an empty cell')

    def test_no_words_stand_in_two_rows(self):
        spans = [span for span, _ in words()]
        self.assertEqual(sorted(set(spans)), sorted(spans))


if __name__ == '__main__':
    unittest.main()
