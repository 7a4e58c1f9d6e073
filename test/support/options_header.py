# SPDX-License-Identifier: Apache-2.0
"""The members of the structs in options.hpp and connection_options.hpp, for tests in Python."""

import pathlib
import re

FOLDER = pathlib.Path(__file__).resolve().parents[2] / 'include/iostls'
HEADERS = [FOLDER / 'connection_options.hpp', FOLDER / 'options.hpp']
TEXT = ''.join(header.read_text(encoding='utf-8') for header in HEADERS)


def members(struct):
    """The names of a struct's data members."""
    text = re.sub(r'//.*', '', TEXT)
    body = re.search(rf'^struct {struct}\b[^;{{]*{{(.*?)^}};', text, re.MULTILINE | re.DOTALL)[1]
    statements = (' '.join(statement.split()) for statement in body.split(';'))
    found = (re.fullmatch(r'[\w:<>(), &*]+[>\w)] (\w+)(?: = .*)?', each) for each in statements)
    return [match[1] for match in found if match]
