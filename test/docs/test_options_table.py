# SPDX-License-Identifier: Apache-2.0
"""The guide's page on options has a row for each member of the two structs, in the right table, and
names no other option, and no call of OpenSSL that the library does not make."""

import re
import sys
import unittest

from pages import ROOT

sys.path.append(str(ROOT / 'test/support'))
from options_header import TEXT, members  # noqa: E402

PAGE = ROOT / 'doc/guide/options.md'
TABLES = {'connection_options': '## Options of a connection', 'context_options': '## Options of a context'}


def rows(heading):
    """The cells of each row of the table below a heading."""
    section = PAGE.read_text().split(heading + '\n', 1)[1].split('\n## ', 1)[0]
    lines = [line for line in section.splitlines() if line.startswith('| `')]
    return [[cell.strip() for cell in re.split(r'(?<!\\)\|', line)[1:-1]] for line in lines]


class OptionsTable(unittest.TestCase):
    def test_header_is_understood(self):
        """As many members as there are declarations with a comment of their own."""
        for struct in TABLES:
            body = re.search(rf'^struct {struct}\b.*?^}};', TEXT, re.MULTILINE | re.DOTALL)[0]
            told = len(re.findall(r'///.*\n(?! *///)', body))
            self.assertEqual(len(members(struct)), told, f'{struct}: {members(struct)}')

    def check(self, struct):
        named = [row[0].strip('`') for row in rows(TABLES[struct])]
        self.assertEqual(sorted(named), sorted(members(struct)),
                         f'{PAGE} must have a row for each member of {struct}, and no other: '
                         'meaning, default, unit, call of OpenSSL')
        self.assertEqual(named, members(struct), 'in the order of the header')

    def test_connection_options(self):
        self.check('connection_options')

    def test_context_options(self):
        self.check('context_options')

    def test_rows_are_full(self):
        for heading in TABLES.values():
            for row in rows(heading):
                self.assertEqual(len(row), 5, row)
                self.assertTrue(row[1] and row[2], row)

    def test_calls_of_openssl_are_made(self):
        library = ''.join(path.read_text() for path in (ROOT / 'lib').rglob('*.[ch]pp'))
        for heading in TABLES.values():
            for row in rows(heading):
                for call in re.findall(r'`(\w+)`', row[4]):
                    self.assertRegex(library, rf'\b{call}\b', f'{row[0]}: the library does not call')


if __name__ == '__main__':
    unittest.main()
