# SPDX-License-Identifier: Apache-2.0
"""codespell finds no misspelt word in the texts, comments and names of the project."""

import shutil
import subprocess
import unittest

from test_words import files

# What codespell takes for mistakes.
ACCEPTED = {
    'anull': 'the cipher word aNULL',
    'blong': 'a mangled type, in a regular expression',
    'dedented': 'textwrap has the word, too',
    'fro': 'to and fro',
    'hel': 'a part of "hello"',
    'servent': 'an entry of /etc/services in C',
    'statics': 'objects with static storage',
    'strenght': 'a misspelt cipher word that must be refused',
}


class Spelling(unittest.TestCase):
    @unittest.skipUnless(shutil.which('codespell'), 'codespell is not installed')
    def test_words_are_spelt_right(self):
        texts = [path for path in files() if path.suffix not in ('.svg', '.png')
                 and path.name != 'test_spelling.py']
        done = subprocess.run(
            ['codespell', '--ignore-words-list', ','.join(ACCEPTED), '--', *texts],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=50, check=False)
        self.assertEqual((done.returncode, done.stdout.decode()), (0, ''))


if __name__ == '__main__':
    unittest.main()
