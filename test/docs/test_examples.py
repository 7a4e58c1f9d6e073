# SPDX-License-Identifier: Apache-2.0
"""The index of doc/example has every program, with a command that names all of its sources; and its
meson.build and CMakeLists.txt, which build with an installed iostls, have every program, too."""

import re
import unittest

from pages import ROOT, blocks

FOLDER = ROOT / 'doc/example'
INDEX = FOLDER / 'README.md'
INCLUDE = re.compile(r'^#include "([^"]+)"$', re.MULTILINE)
BUILDS = [FOLDER / 'CMakeLists.txt', FOLDER / 'installed/meson.build']


def programs():
    """Name -> source."""
    return {str(path.relative_to(FOLDER).with_suffix('')).replace('/', '_'): path
            for path in sorted(FOLDER.rglob('*.cpp')) if re.search(r'^int main\(', path.read_text(), re.MULTILINE)}


def sources(source):
    """The source, and those of the headers that it includes."""
    left, found = [source], set()
    while left:
        path = left.pop()
        found.add(path)
        for name in INCLUDE.findall(path.read_text()):
            header = path.parent / name
            left += {header, header.with_suffix('.cpp')} - found if header.with_suffix('.cpp').exists() else \
                {header} - found
    return {str(path.relative_to(FOLDER)) for path in found if path.suffix == '.cpp'}


def commands():
    """Program -> the words of its command."""
    found = {}
    for block in blocks(INDEX, 'sh'):
        words = block.text.replace('\\\n', ' ').split()
        found[words[words.index('-o') + 1]] = words
    return found


class Examples(unittest.TestCase):
    def test_each_has_a_line_and_a_command(self):
        self.assertEqual(sorted(programs()), sorted(commands()))
        for name, source in programs().items():
            self.assertRegex(INDEX.read_text(), rf'\n\[{name}\]\({source.relative_to(FOLDER)}\) \w.{{20}}')

    def test_commands_name_all_sources(self):
        for name, source in programs().items():
            named = {word for word in commands()[name] if word.endswith('.cpp')}
            self.assertEqual(sources(source), named, name)

    def test_helpers_have_a_line(self):
        for header in (FOLDER / 'support').glob('*.hpp'):
            self.assertIn(f'[{header.stem}](support/{header.name})', INDEX.read_text())

    def test_all_are_built_with_an_installation(self):
        for build in BUILDS:
            words = set(re.findall(r'[\w/.]+', build.read_text()))
            for name, source in programs().items():
                self.assertIn(name, words, build)
                for helper in sources(source) - {str(source.relative_to(FOLDER))}:
                    self.assertTrue({helper, '../' + helper} & words, f'{build}: {helper}')


if __name__ == '__main__':
    unittest.main()
