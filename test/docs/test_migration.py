# SPDX-License-Identifier: Apache-2.0
"""What a migration page shows as the difference between its two programs is all of it, and the
number of changed lines that it states is theirs."""

import re
import subprocess
import unittest

from pages import ROOT, blocks

FOLDER = ROOT / 'doc/migrate'


def difference(name):
    """The lines of `diff -U0` without its headings."""
    before, after = (FOLDER / name / f'{state}.cpp' for state in ('before', 'after'))
    done = subprocess.run(['diff', '-U0', before, after], stdout=subprocess.PIPE, timeout=10)
    return [line for line in done.stdout.decode().splitlines()[2:] if not line.startswith('@@')]


def shown(lines):
    """What differs: a page may show lines beside that stay as they are."""
    return [line for line in lines if line[1:].strip() and line[0] in '+-']


class Migration(unittest.TestCase):
    def test_there_are_pairs(self):
        self.assertGreaterEqual(len(pairs()), 9)

    def check(self, name):
        page = FOLDER / f'{name.removesuffix("_server")}.md'
        self.assertTrue(page.exists(), f'{name} has no page')
        real = shown(difference(name))
        self.assertNotEqual(real, [], f'{name}: before.cpp and after.cpp are the same')
        found = [shown(block.text.splitlines()) for block in blocks(page, 'diff')]
        self.assertIn(real, found, f'{page} does not show the difference of {name}:\n' +
                      '\n'.join(real))
        count = re.search(rf'^`diff {name}/before\.cpp {name}/after\.cpp`: (\d+) new lines',
                          page.read_text(), re.MULTILINE)
        self.assertTrue(count, f'{page} does not tell how many lines of {name} are new')
        self.assertEqual(int(count[1]), sum(line.startswith('+') for line in real))
        index = re.search(rf'\]\({page.name}\).*\| {count[1]} \|$',
                          (FOLDER / 'README.md').read_text(), re.MULTILINE)
        self.assertTrue(index, f'README.md does not tell the {count[1]} new lines of {name}')


def pairs():
    return sorted(path.parent.name for path in FOLDER.glob('*/before.cpp'))


for each in pairs():
    setattr(Migration, f'test_{each}', lambda self, name=each: self.check(name))

if __name__ == '__main__':
    unittest.main()
