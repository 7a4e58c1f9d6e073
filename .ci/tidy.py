#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs clang-tidy over the sources of the library, several in one translation unit: most of its time goes into
the headers of the standard library and of OpenSSL, which so are looked at a few times and not for each source.

usage: tidy.py BUILD_FOLDER   The folder has a compile_commands.json. The results go to FOLDER-tidy.

The static analyzer looks into included sources as long as the name of the file that includes them begins with
UnifiedSource."""

import json
import os
import pathlib
import shlex
import subprocess
import sys

LIB = pathlib.Path(__file__).resolve().parents[1] / 'lib'


def sources_and_flags(build):
    """The sources below lib/, and the command that compiles one of them, without its file names."""
    command, sources = None, set()
    for entry in json.loads((build / 'compile_commands.json').read_text(encoding='utf-8')):
        path = (pathlib.Path(entry['directory']) / entry['file']).resolve()
        if LIB not in path.parents:
            continue
        sources.add(path)
        command = command or shlex.split(entry['command'])
    if not sources:
        sys.exit(f'{build}/compile_commands.json has no source of {LIB}')
    own = {'-o', '-c', '-MD', '-MQ', '-MF'}
    flags = [word for before, word in zip([''] + command, command)
             if word not in own and before not in own - {'-MD'}]
    return sorted(sources), flags


def write_units(folder, sources, flags, build, count):
    """As many files as `count`, which include all sources, and their compile_commands.json."""
    folder.mkdir(parents=True, exist_ok=True)
    commands = []
    for number in range(count):
        unit = folder / f'UnifiedSource{number}.cpp'
        unit.write_text(''.join(f'#include "{source}"\n' for source in sources[number::count]),
                        encoding='utf-8')
        commands.append({'directory': str(build), 'file': str(unit),
                         'arguments': flags + ['-c', str(unit)]})
    (folder / 'compile_commands.json').write_text(json.dumps(commands), encoding='utf-8')


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    folder = build.with_name(build.name + '-tidy')
    workers = len(os.sched_getaffinity(0))
    sources, flags = sources_and_flags(build)
    write_units(folder, sources, flags, build, 2 * workers)
    sys.exit(subprocess.run(['run-clang-tidy', '-quiet', '-p', folder, '-j', str(workers)],
                            check=False, stderr=subprocess.DEVNULL).returncode)


if __name__ == '__main__':
    main()
