# SPDX-License-Identifier: Apache-2.0
"""Words that readers stumble over are in no document, comment, message or name."""

import bisect
import re
import unittest

from pages import ROOT

# What not to write: a name for it, its pattern, and what to write instead.
AVOIDED = [
    ('shake hands', r'(?i)(?<![a-z])(shak(e|es|ing|en)|shook)[ _]hands?(?![a-z])', 'handshake'),
    ('hands are shaken', r'(?i)(?<![a-z])hands?[ _](\w+[ _]){0,3}shaken', 'the handshake is done'),
    ('good for', r'(?i)\bgood for\b', 'what it does, matches or allows'),
    ("one's own", r"(?i)\bone['’]s own\b", 'your own, or whose it is'),
    ('in clear', r'(?i)\bin clear\b|\bclear[- ]?text\b', 'plaintext'),
    ('whom this', r'(?i)\bwhom this\b', 'a subject and a verb'),
    ('tells', r'(?i)\btells\b', 'reports, returns, shows'),
    ('says', r'(?i)\bsays\b', 'states, returns, prints, sends'),
    ('time-out', r'(?i)\btime-outs?\b', 'timeout'),
    ('carrier', r'(?i)(?<![a-z])carriers?(?![a-z])', 'transport'),
    ('whoever', r'(?i)\bwhoever\b', 'a subject: the caller, a client, a program'),
    # A question may begin so.
    ('Who as a subject', r'\bWho [a-z][^.?!|"]*[.|;]|[;:] who [a-z]|\b(for|by|of|from) who [a-z]',
     'a subject: the caller, a client, a program'),
]

# (file, the avoided words, a part of the text around them): reason.
ALLOWED = {
    ('test/docs/test_words.py', None, ''): 'the list itself',
}

FOLDERS = ['.ci', 'doc', 'include', 'lib', 'test']
PAGES = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md']
# Not ours to read.
OTHERS = {'__pycache__'}
# Of a line that goes on with the text of the one before.
MARGIN = re.compile(r'^\s*(///?<?|#+(?=\s)|"(?=\w)|>|\*(?=\s))?\s*')


def files():
    yield from (ROOT / page for page in PAGES)
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob('*')):
            if path.is_file() and not OTHERS.intersection(path.parts):
                yield path


class Text:
    """A file as one line, so that a phrase is found where the lines break, too."""

    def __init__(self, path):
        self.starts, self.text = [], ''
        pieces, length = [], 0
        for line in path.read_text().splitlines():
            self.starts.append(length)
            pieces.append(MARGIN.sub('', line, count=1) + ' ')
            length += len(pieces[-1])
        self.text = ''.join(pieces)

    def line(self, offset):
        return bisect.bisect_right(self.starts, offset)

    def around(self, match):
        return self.text[max(0, match.start() - 60):match.end() + 60]


class Words(unittest.TestCase):
    def setUp(self):
        self.used = set()

    def allowed(self, name, words, around):
        for key in ALLOWED:
            if key[0] == name and key[1] in (None, words) and key[2] in around:
                self.used.add(key)
                return True
        return False

    def test_no_text_has_words_to_avoid(self):
        found = []
        for path in files():
            try:
                text = Text(path)
            except UnicodeDecodeError:
                continue
            name = str(path.relative_to(ROOT))
            for words, pattern, better in AVOIDED:
                for match in re.finditer(pattern, text.text):
                    if not self.allowed(name, words, text.around(match)):
                        found.append(f'{name}:{text.line(match.start())}: "{words}": '
                                     f'write {better}: ...{text.around(match)}...')
        self.assertFalse(found, '\n' + '\n'.join(found))
        self.assertEqual(set(ALLOWED), self.used, 'exceptions that nothing needs')

    def test_the_patterns_find_what_they_are_for(self):
        for words, sample in [
                ('shake hands', 'a client that shakes hands'),
                ('shake hands', 'shake_hands()'),
                ('hands are shaken', 'Hands have not been shaken'),
                ('hands are shaken', 'hands_were_shaken'),
                ('good for', 'what it is good for'),
                ("one's own", "a class of one's own"),
                ('in clear', 'sent in clear'),
                ('in clear', 'the clear text'),
                ('whom this', 'Whom this end trusts'),
                ('tells', '`info()` tells it'),
                ('says', 'what errno says'),
                ('time-out', 'after a Time-out'),
                ('carrier', 'CARRIER'),
                ('whoever', 'Whoever cancels'),
                ('Who as a subject', 'Who loses the key has no way in.'),
                ('Who as a subject', 'made for who asks')]:
            with self.subTest(words=words, sample=sample):
                pattern = next(pattern for name, pattern, _ in AVOIDED if name == words)
                self.assertRegex(sample, pattern)
        who = next(pattern for name, pattern, _ in AVOIDED if name == 'Who as a subject')
        self.assertNotRegex('Who is this client? The server knows.', who)


if __name__ == '__main__':
    unittest.main()
