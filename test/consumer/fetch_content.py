# SPDX-License-Identifier: Apache-2.0
"""iostls in somebody else's CMake project, which fetches and builds it, by the lines of doc/packaging/README.md."""

import pathlib
import re
import shutil
import tempfile

import compiling
from subproject import HERE, SOURCE, copy_project, run


def lines_of_the_page():
    text = (SOURCE / 'doc/packaging/README.md').read_text(encoding='utf-8')
    section = text[text.index('\n## CMake: FetchContent\n'):]
    return re.search(r'^```cmake\n(.*?)^```$', section, re.MULTILINE | re.DOTALL)[1]


def is_fetched_and_built(folder):
    for program in 'cmake', 'meson', 'make':
        if not shutil.which(program):
            return program + ' is not installed'
    release, project = folder / 'release', folder / 'project'
    project.mkdir()
    copy_project(SOURCE, release / 'iostls')
    shutil.make_archive(str(project / 'iostls'), 'gztar', str(release))
    (project / 'CMakeLists.txt').write_text(lines_of_the_page(), encoding='utf-8')
    shutil.copy(HERE / 'echo.cpp', project)
    for _ in range(2):  # the second time, it is there
        run(['cmake', '-Werror=dev', '-S', project, '-B', project / 'build'])
    run(['cmake', '--build', project / 'build'])
    run([project / 'build' / 'echo'])
    return ''


def main():
    with tempfile.TemporaryDirectory() as folder:
        compiling.report([('a CMake project fetches and builds iostls',
                           lambda: is_fetched_and_built(pathlib.Path(folder)))])


if __name__ == '__main__':
    main()
