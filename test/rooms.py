#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Do the rooms of lib/ keep to their floors?

The order of the rooms is that of the list in lib/meson.build, from top to bottom. A file may include
headers of its own room and of those below, and names the room: "engine/engine.hpp". Only system/
includes headers of the operating system. In system/, what is of one system stands in the folder of
that system: posix/ or windows/.

A mutex that another thread held at a fork(2) stays locked in the child: each that is no fork_mutex has its
reason below why no child waits for it.

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
MUTEX = re.compile(r'\bstd::(?:recursive_|shared_|timed_)*mutex (\w+)(?:;|\{)|'
                   r'\b(pthread_(?:mutex|rwlock|once)_t|std::once_flag)\b')
IN_A_FORK = {
    'engine/connection_lock.hpp': 'process_claim: only the process that uses a connection locks it',
    'engine/engine.hpp': 'process_claim, as for the lock of the connection',
    'resumption/session_cache.hpp': 'of_each_process',
    'resumption/session_scope.cpp': 'is only tried',
    'stream/failure_record.hpp': 'a stream belongs to one process, and no call waits while it is held',
    'stream/put_area.hpp': 'process_claim: asked before',
    'stream/ssl_streambuf_impl.hpp': 'a stream belongs to one process; held for moments, also by cancel()',
    'system/buffer_memory.cpp': 'is only tried',
    'system/fork_mutex.hpp': 'of_each_process',
    'system/input_wait.hpp': 'process_claim: engine::wake() asks before',
    'transport/accept_turns.hpp': 'of_each_process',
    'transport/name_lookup.cpp': 'of_each_process',
}
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


def unexplained_mutexes(lib):
    """Mutexes without a reason, and reasons without a mutex, each as a sentence."""
    with_mutex = {str(path.relative_to(lib)) for path in lib.rglob('*.[ch]pp')
                  if MUTEX.search(path.read_text(encoding='utf-8'))}
    for name in sorted(with_mutex - set(IN_A_FORK)):
        yield f'lib/{name} has a mutex that may stay locked in a fork: use system/fork_mutex.hpp'
    for name in sorted(set(IN_A_FORK) - with_mutex):
        yield f'lib/{name} has no mutex: take it out of the list in test/rooms.py'


def main():
    lib = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else
                       pathlib.Path(__file__).resolve().parents[1] / 'lib')
    rooms = rooms_of(lib)
    print(f'1..{len(rooms) + 3}')
    strangers = sorted(p.name for p in lib.iterdir()
                       if p.suffix in ('.cpp', '.hpp') or p.is_dir() and p.name not in rooms + ['cmake'])
    results = [('everything is in a room',
                [f'lib/{name} is in no room of lib/meson.build' for name in strangers])]
    results.append(('every public header is installed', list(uninstalled(lib.parent / 'include/iostls'))))
    results.append(('no fork waits for a mutex', list(unexplained_mutexes(lib))))
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
