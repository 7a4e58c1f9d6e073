# SPDX-License-Identifier: Apache-2.0
"""Debian's list of what the shared library exports, with the version in which each name came:
deb-symbols(5). Names are written as C++ has them, once for each word size where they differ."""

import pathlib
import re

PROJECT = pathlib.Path(__file__).resolve().parents[2]
LINE = re.compile(r'^ (\(.*\)".*@Base") (\S+)$', re.MULTILINE)


def version():
    return re.search(r"version: '([\d.]+)'", (PROJECT / 'meson.build').read_text(encoding='utf-8'))[1]


def with_32_bits(name):
    """std::size_t and std::streamsize are ints there; what std::chrono counts in stays 64 bits."""
    name = re.sub(r'\bduration<long\b', 'duration<@', name)
    name = re.sub(r'\b(\d+)l\b', r'\1ll', name)
    return re.sub(r'(?<!long )\blong\b', 'int', name).replace('@', 'long long')


def entries(names):
    for name in names:
        other = with_32_bits(name)
        if other == name:
            yield f'(c++)"{name}@Base"'
        else:
            yield f'(arch-bits=64|c++)"{name}@Base"'
            yield f'(arch-bits=32|c++)"{other}@Base"'


def path(series):
    return PROJECT / 'doc/packaging/debian' / f'libiostls{series}.symbols'


def update(names):
    """Names that are there already keep their versions."""
    now = version()
    series = now.rpartition('.')[0]
    file = path(series)
    known = dict(LINE.findall(file.read_text(encoding='utf-8'))) if file.exists() else {}
    lines = [f' {entry} {known.get(entry, now)}\n' for entry in entries(sorted(set(names)))]
    file.write_text(f'libiostls.so.{series} libiostls{series} #MINVER#\n' + ''.join(lines), encoding='utf-8')
