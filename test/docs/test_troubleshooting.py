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


def words():
    """The words by which the page's readers find their message, as patterns."""
    for line in PAGE.read_text().splitlines():
        if not line.startswith('| `'):
            continue
        for span in re.findall(r'`([^`]+)`', line.split(' | ')[0]):
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


if __name__ == '__main__':
    unittest.main()
