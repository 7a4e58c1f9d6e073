#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Is every public function of the headers called by the program that calls them in every state?

usage: public_members.py FOLDER [SOURCE...]
Prints the public members and free functions that the headers of a folder declare, a line each, as
"ssl_stream::expires_after(duration)". With sources, it compares them with the rows there, which are
string literals of the same form, and fails if one is missing or is about none of them.
"""

import pathlib
import re
import sys

# What the library keeps for itself, though C++ makes it public.
OWN = re.compile(r'\bdetail::')
TOKEN = re.compile(r'[{}();]|[^{}();]+')
ROW = re.compile(r'"((?:\w+::)*~?\w[^"\n]*?\([^"\n]*\)(?: const)?)"')


def without_comments(text):
    text = re.sub(r'//[^\n]*', '', text)
    text = re.sub(r'/\*.*?\*/', '', text, flags=re.S)
    return re.sub(r'^[ \t]*#[^\n]*(?:\\\n[^\n]*)*', '', text, flags=re.M)


def split_at(text, separator):
    """At separators outside of all brackets."""
    parts, depth, part = [], 0, ''
    for c in text:
        depth += (c in '(<{[') - (c in ')>}]')
        if c == separator and depth == 0:
            parts.append(part)
            part = ''
        else:
            part += c
    return parts + [part]


def parameter_type(parameter):
    parameter = split_at(parameter, '=')[0].strip()
    parameter = re.sub(r'\s+', ' ', parameter)
    match = re.fullmatch(r'(.*[\s&*>])(\w+)((?:\[\w*\])?)', parameter)
    if match and not re.fullmatch(r'(?:const |unsigned |struct )*', match.group(1)):
        parameter = match.group(1).strip() + match.group(3)
    return re.sub(r' ?([&*]+) ?', r'\1', parameter)


def function_of(scope, head):
    """The name and types of a declaration, or None if it declares no function."""
    head = re.sub(r'\s+', ' ', head).strip()
    head = re.sub(r'\b(?:IOSTLS_EXPORT|explicit|virtual|static|inline|constexpr|friend)\b ?', '', head)
    while head.startswith('template'):
        depth, i = 0, head.index('<')
        while True:
            depth += (head[i] == '<') - (head[i] == '>')
            i += 1
            if depth == 0:
                break
        head = head[i:].strip()
    match = re.search(r'(operator\s*(?:\(\)|[^\w\s(]+|[\w: &*]+)|~?\w+)\s*\(', head)
    if not match or re.match(r'(?:using|typedef|enum|static_assert|return|if)\b', head):
        return None
    depth, i = 0, match.end() - 1
    while True:
        depth += (head[i] == '(') - (head[i] == ')')
        i += 1
        if depth == 0:
            break
    inside, rest = head[match.end():i - 1], head[i:]
    if re.search(r'=\s*delete', rest):
        return None
    types = [parameter_type(p) for p in split_at(inside, ',') if p.strip()]
    const = ' const' if re.match(r'\s*const\b', rest) else ''
    name = re.sub(r'\s+', ' ', match.group(1))
    return '{}({}){}'.format('::'.join(scope + [name]), ', '.join(types), const)


class Scanner:
    """Walks through a header and collects what can be called."""

    def __init__(self, text):
        self._text = without_comments(text)
        self.found = []

    def scan(self):
        self._block(0, [], True, None)
        return self.found

    def _skip(self, i):
        """Behind the bracket that closes the one at i."""
        depth = 0
        while True:
            depth += (self._text[i] in '{(') - (self._text[i] in '})')
            i += 1
            if depth == 0:
                return i

    def _block(self, i, scope, public, name):
        head = ''
        while i < len(self._text):
            c = self._text[i]
            if c == '}':
                return i + 1
            if c == '(':
                end = self._skip(i)
                head += self._text[i:end]
                i = end
                continue
            if c == ':' and self._text[i + 1] != ':' and self._text[i - 1] != ':':
                access = head.strip()
                if access in ('public', 'protected', 'private'):
                    public, head, i = access == 'public', '', i + 1
                    continue
            if c not in '{;':
                head += c
                i += 1
                continue
            if c == ';':
                self._declare(scope, head, public)
                head, i = '', i + 1
                continue
            i = self._open(i, scope, head, public)
            head = ''
        return i

    def _open(self, i, scope, head, public):
        words = re.sub(r'\b(?:IOSTLS_EXPORT|final)\b', '', head).strip()
        kind = re.search(r'(?:^|[>\s])(namespace|class|struct|enum)\b\s*(?:class\s+)?([\w:]*)', words)
        if kind is None or '(' in words:
            if '(' in words:
                self._declare(scope, head, public)
                return self._skip(i)
            end = self._skip(i)  # an initialiser
            return end
        if kind.group(1) == 'namespace':
            if kind.group(2) != 'iostls':
                return self._skip(i)
            return self._block(i + 1, scope, True, None)
        if kind.group(1) == 'enum' or not public or re.search(r'\btemplate\s*<\s*>', words):
            return self._skip(i)
        name = kind.group(2)
        return self._block(i + 1, scope + [name], kind.group(1) == 'struct', name)

    def _declare(self, scope, head, public):
        function = function_of(scope, head) if public else None
        if function is not None and not OWN.search(head.partition('(')[0] + function):
            self.found.append(function)


def public_members(folder):
    found = []
    for header in sorted(pathlib.Path(folder).glob('*.hpp')):
        found += Scanner(header.read_text(encoding='utf-8')).scan()
    return sorted(set(found))


def main(folder, *sources):
    members = public_members(folder)
    if not sources:
        print('\n'.join(members))
        return 0
    text = '\n'.join(pathlib.Path(s).read_text(encoding='utf-8') for s in sources)
    rows = set(ROW.findall(re.sub(r'"\s*\n\s*"', '', text)))  # literals that go on in the next line
    missing = [m for m in members if m not in rows]
    strangers = [r for r in sorted(rows) if r not in members and not r.startswith('std::')]
    for member in missing:
        print('no row calls', member)
    for row in strangers:
        print('no header declares', row)
    return 1 if missing or strangers or len(members) < 100 else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
