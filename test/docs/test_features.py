# SPDX-License-Identifier: Apache-2.0
"""The guide's table of features names a test of ours in each row that it ticks for iostls."""

import re
import unittest

from pages import ROOT

PAGE = ROOT / 'doc/guide/features.md'
TICKED = re.compile(r'yes(, [^:]+)?: `(\w+_test)`')


def rows():
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith('| ')]
    return [[cell.strip() for cell in line.split('|')[1:-1]] for line in lines[1:]]


class Features(unittest.TestCase):
    def test_rows_are_full(self):
        self.assertGreater(len(rows()), 20)
        for row in rows():
            self.assertEqual(len(row), 7, row)
            self.assertTrue(all(row), row)

    def test_what_is_ticked_has_a_test(self):
        for name, ours, *_ in rows():
            with self.subTest(feature=name):
                if ours.split(':')[0].split(',')[0] == 'no':
                    continue
                ticked = TICKED.fullmatch(ours)
                self.assertTrue(ticked, ours)
                self.assertTrue(list((ROOT / 'test').glob(f'*/*/{ticked[2]}.cpp')), ticked[2])


if __name__ == '__main__':
    unittest.main()
