# SPDX-License-Identifier: Apache-2.0
"""What the search of the site finds: each page, each of its headings, and each member of a class."""

import html.parser
import json
import re

HEADINGS = {'h1', 'h2', 'h3', 'h4', 'h5', 'h6'}
# Lists of other pages, and source text.
LEFT_OUT = re.compile(r'_source\.html$|_8md\.html$|^dir_|^functions|^globals|^namespacemembers|-members\.html$')


class Sections(html.parser.HTMLParser):
    """The parts of one page: [title, anchor, text] lists."""

    def __init__(self):
        super().__init__()
        self.parts = []
        self.anchor = ''
        self.inside = 0     # <main>
        self.skipped = ''   # an element that is not text
        self.heading = False

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.anchor = given.get('id') or self.anchor
        if tag == 'main':
            self.inside, self.anchor = 1, ''
        elif tag in ('script', 'style', 'map'):
            self.skipped = tag
        elif tag in HEADINGS and self.inside and 'groupheader' not in (given.get('class') or ''):
            self.heading = True
            self.parts.append(['', '', ''])

    def handle_endtag(self, tag):
        if tag == 'main':
            self.inside = 0
        elif tag == self.skipped:
            self.skipped = ''
        elif tag in HEADINGS and self.heading:
            self.heading = False
            self.parts[-1][1] = self.anchor if len(self.parts) > 1 else ''

    def handle_data(self, data):
        if self.inside and self.parts and not self.skipped:
            self.parts[-1][0 if self.heading else 2] += data


def plain(text):
    return ' '.join(text.replace('◆', ' ').replace('\u200b', '').split())


def entries(pages):
    """Of pairs of a page's name and its text."""
    for name, text in pages:
        if LEFT_OUT.search(name):
            continue
        sections = Sections()
        sections.feed(text)
        page = ''
        for title, anchor, words in sections.parts:
            title = plain(title)
            yield [title, page, name + ('#' + anchor if anchor else ''), plain(words)]
            page = page or title


def order(entry):
    """Members come first: their names are what people search for. The list of changes has all words, and is
    rarely meant."""
    address = entry[2]
    return 0 if '#a' in address else 2 if address.startswith('CHANGELOG.html') else 1


def script(pages):
    found = sorted(entries(pages), key=order)
    return 'const searchIndex = ' + json.dumps(found, ensure_ascii=False, separators=(',', ':')) + ';\n'
