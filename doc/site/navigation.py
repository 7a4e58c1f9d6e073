# SPDX-License-Identifier: Apache-2.0
"""The parts of the site, the pages of each, and the links among them."""

import html
import re

import doxygen_page

ROOT = doxygen_page.ROOT
LINK = re.compile(r'\]\(([\w./-]+\.md)\)')
H1 = re.compile(r'<h1 class="title">(.*?)</h1>', re.DOTALL)
REFERENCE = re.compile(r'^(class|struct|union|namespace|annotated|.*_8hpp)')
# Title, first page, folder of pages. What is not there is left out.
PARTS = [
    ('Guide', 'doc/guide/README.md'),
    ('Cookbook', 'doc/cookbook/README.md'),
    ('Examples', 'doc/example/README.md'),
    ('Migration', 'doc/migrate/README.md'),
    ('Reference', None),
    ('Internals', 'doc/internals.md'),
    ('Performance', 'doc/performance.md'),
]


def listed(page):
    """The pages of its folder, in the order in which a page links to them, then the others."""
    linked = [(page.parent / link).resolve() for link in LINK.findall(page.read_text(encoding='utf-8'))]
    linked = [path for path in dict.fromkeys(linked) if path.parent == page.parent and path.exists() and path != page]
    return [page, *linked, *(path for path in sorted(page.parent.glob('*.md')) if path not in linked + [page])]


class Site:
    def __init__(self, folder, pages):
        self.titles = {path.name: self.title(text) for path, text in pages.items()}
        self.folder = folder
        self.parts = []  # [title, pages' names]
        for title, first in PARTS:
            if first is None:
                classes = [name for name in self.titles if re.match('(class|struct)iostls', name) and
                           not name.endswith('-members.html')]
                names = ['annotated.html', *sorted(classes, key=self.titles.get)]
            elif not (ROOT / first).exists():
                continue
            elif first == 'doc/performance.md':
                names = ['doc_performance.html']
            else:
                names = [doxygen_page.name_of(page) + '.html' for page in listed(ROOT / first)]
            self.parts.append((title, [name for name in names if name in self.titles]))

    @staticmethod
    def title(text):
        match = H1.search(text)
        text = re.sub(r'<span class="mlabels">.*?</span></span>|<[^>]*>', '', match[1]).strip() if match else ''
        return re.sub(r'^iostls::|\s+(Class|Struct|Union) (Template )?Reference$', '', text)

    def part_of(self, name):
        for at, (title, names) in reversed([*enumerate(self.parts)]):
            if name in names or title == 'Reference' and REFERENCE.match(name):
                return at
        return None

    def top(self, at, up):
        links = []
        for index, (title, names) in enumerate(self.parts):
            here = ' aria-current="true"' if index == at else ''
            links.append(f'<a href="{up}{names[0]}"{here}>{title}</a>')
        return ' '.join(links)

    def side(self, at, name):
        """The other pages of the same part."""
        if at is None or len(self.parts[at][1]) < 2:
            return ''
        rows = []
        for other in self.parts[at][1]:
            here = ' aria-current="page"' if other == name else ''
            rows.append(f'<li><a href="{other}"{here}>{self.titles[other]}</a></li>')
        label = html.escape(self.parts[at][0])
        return f'<nav class="side" aria-label="{label}"><ul>{"".join(rows)}</ul></nav>'

    def framed(self, path, text, up):
        name = '' if up else path.name
        at = self.part_of(name) if name else None
        return text.replace('<!--parts-->', self.top(at, up)).replace('<!--side-->', self.side(at, name))
