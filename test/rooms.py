#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Do the rooms of lib/ keep to their floors?

The order of the rooms is that of the list in lib/meson.build, from top to bottom. A file may include
headers of its own room and of those below, and names the room: "engine/engine.hpp". Only system/
includes headers of the operating system. In system/, what is of one system stands in the folder of
that system: posix/ or windows/.

usage: rooms.py [LIB]   Prints TAP: one line for each room.
"""

import pathlib
import re
import sys

# What C++ and OpenSSL do not bring.
OF_THE_SYSTEM = re.compile(
    r'arpa/|dirent\.h|dlfcn\.h|errno\.h|execinfo\.h|fcntl\.h|ifaddrs\.h|io\.h|net/|netdb\.h|'
    r'netinet/|poll\.h|process\.h|pthread\.h|pwd\.h|sched\.h|signal\.h|csignal$|spawn\.h|sys/|'
    r'syslog\.h|termios\.h|time\.h$|unistd\.h|windows\.h|winsock2\.h|ws2tcpip\.h')
INCLUDE = re.compile(r'^ *# *include *([<"])([^>"]+)[>"]', re.M)


def rooms_of(lib):
    """The names of the rooms, the top one first."""
    text = (lib / 'meson.build').read_text(encoding='utf-8')
    listed = re.search(r'foreach room : \[(.*?)\]', text, re.S).group(1)
    return re.findall(r"'([^']+)'", listed)


def faults_of(path, lib, rooms):
    """What is wrong with the includes of one file, each as a sentence."""
    room = path.relative_to(lib).parts[0]
    for kind, header in INCLUDE.findall(path.read_text(encoding='utf-8')):
        if kind == '<':
            if room != 'system' and OF_THE_SYSTEM.match(header):
                yield f'{path} includes <{header}>: only lib/system may name the operating system'
            continue
        target = lib / header
        other = header.split('/')[0]
        if other not in rooms or not target.is_file():
            yield f'{path} includes "{header}", which is no "room/header.hpp" of {lib}'
        elif rooms.index(other) < rooms.index(room):
            yield f'{path} includes {target}: {other}/ stands above {room}/'


def uninstalled(include):
    """Public headers that no installation has, each as a sentence."""
    listed = re.findall(r"'([^']+\.hpp)'", (include / 'meson.build').read_text(encoding='utf-8'))
    for path in sorted(include.glob('*.hpp')):
        if path.name not in listed:
            yield f'{path} is not installed: include/iostls/meson.build does not list it'


def main():
    lib = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else
                       pathlib.Path(__file__).resolve().parents[1] / 'lib')
    rooms = rooms_of(lib)
    print(f'1..{len(rooms) + 2}')
    strangers = sorted(p.name for p in lib.iterdir()
                       if p.suffix in ('.cpp', '.hpp') or p.is_dir() and p.name not in rooms + ['cmake'])
    results = [('everything is in a room',
                [f'lib/{name} is in no room of lib/meson.build' for name in strangers])]
    results.append(('every public header is installed', list(uninstalled(lib.parent / 'include/iostls'))))
    for room in rooms:
        results.append((f'{room}/ includes only what is below it',
                        [fault for path in sorted((lib / room).rglob('*.[ch]pp'))
                         for fault in faults_of(path, lib, rooms)]))
    for number, (name, faults) in enumerate(results, 1):
        print('not ok' if faults else 'ok', f'{number} - {name}')
        for fault in faults:
            print(f'# {fault}')
    return any(faults for _, faults in results)


sys.exit(main())
