# SPDX-License-Identifier: Apache-2.0
"""The members of the structs in options.hpp and connection_options.hpp, for tests in Python."""

import pathlib
import re

FOLDER = pathlib.Path(__file__).resolve().parents[2] / 'include/iostls'
HEADERS = [FOLDER / 'connection_options.hpp', FOLDER / 'options.hpp']


def members(struct):
    """The names of a struct's data members."""
    text = ''.join(re.sub(r'//.*', '', each.read_text(encoding='utf-8')) for each in HEADERS)
    body = re.search(rf'^struct {struct}\b[^;{{]*{{(.*?)^}};', text, re.MULTILINE | re.DOTALL)[1]
    statements = (' '.join(statement.split()) for statement in body.split(';'))
    found = (re.fullmatch(r'[\w:<>(), &*]+[>\w)] (\w+)(?: = .*)?', each) for each in statements)
    return [match[1] for match in found if match]
