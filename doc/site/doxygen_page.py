# SPDX-License-Identifier: Apache-2.0
"""Doxygen's filter for Markdown: doxygen_page.py HTML PAGE

Doxygen follows links between pages in its own way, those to headings and to files in none. Here each
page and heading gets a name, links lead to these names, and what else they lead to is copied into
the folder `files` of HTML, where the site is made."""

import pathlib
import re
import shutil
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
MAIN = ROOT / 'README.md'
BLOCKS = re.compile(r'(^ *```.*?^ *```$)', re.MULTILINE | re.DOTALL)
PIECES = re.compile(r'(^ *```.*?^ *```$|`[^`\n]*`)', re.MULTILINE | re.DOTALL)
LINK = re.compile(r'\]\(([^)\s]+)\)')
HEADING = re.compile(r'^(#+) (.*)$', re.MULTILINE)


def name_of(page):
    return re.sub(r'\W', '_', str(page.relative_to(ROOT).with_suffix('')))


def anchor_of(page, heading):
    """`heading` as the links to it have it, or as it stands in the page."""
    words = re.sub(r'\[([^\]]*)\]\([^)]*\)', r'\1', heading).lower()
    return name_of(page) + '_' + re.sub(r'\W', '_', re.sub(r'[^\w\- ]', '', words.strip()))


def destination(page, html, link):
    path, _, anchor = link.partition('#')
    target = (page.parent / path).resolve() if path else page
    if re.match(r'[a-z]+:', link) or not target.exists() or ROOT not in target.parents:
        return link
    if target.suffix == '.md':
        file = 'index.html' if target == MAIN else name_of(target) + '.html'
        return file + ('#' + anchor_of(target, anchor) if anchor else '')
    copy = html / 'files' / target.relative_to(ROOT)
    if target.is_dir():
        shutil.copytree(target, copy, dirs_exist_ok=True)
    else:
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(target, copy)
    return f'files/{target.relative_to(ROOT)}'


def for_doxygen(page, html):
    def labelled(match):
        if match[1] == '#':
            return match[0] if page == MAIN else f'{match[0]} {{#{name_of(page)}}}'
        return f'{match[0]} {{#{anchor_of(page, match[2])}}}'

    # A page's title is on its first line.
    text = re.sub(r'\A(<!--.*?-->\s*)+', '', page.read_text(encoding='utf-8'), flags=re.DOTALL)
    parts = BLOCKS.split(text)
    parts[::2] = [HEADING.sub(labelled, part) for part in parts[::2]]
    pieces = PIECES.split(''.join(parts))
    pieces[::2] = [LINK.sub(lambda m: f']({destination(page, html, m[1])})', piece)
                   for piece in pieces[::2]]
    return ''.join(pieces)


if __name__ == '__main__':
    sys.stdout.write(for_doxygen(pathlib.Path(sys.argv[2]).resolve(), pathlib.Path(sys.argv[1])))
