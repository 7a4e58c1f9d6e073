# SPDX-License-Identifier: Apache-2.0
"""A compiler guards the construction of a local static by a lock. A process that is forked while another
thread constructs it waits for that thread for ever. So the library has none that could be under construction
then: guards.py STATIC_LIBRARY [--optimized]"""

import re
import sys

import compiling
from compiling import expect

# iostls::detail::immortal constructs its object when the library is loaded: made_at_load sees to that.
AT_LOAD = re.compile(r'iostls::detail::immortal<(.*?)>\(\)')


def names(library):
    result = compiling.run(['nm', '-C', library])
    expect(result.returncode == 0, result.stdout)
    return result.stdout


def guarded(library):
    """The names of the local statics that the compiler guards."""
    return set(re.findall(r' guard variable for (.*)', names(library)))


def seen_at_all(library):
    expect(any(map(AT_LOAD.search, guarded(library))), 'not even that of immortal() is seen')


def made_at_load(library):
    if '--optimized' in sys.argv:
        return 'the compiler constructs them without leaving a name'
    for kind in filter(None, map(AT_LOAD.search, guarded(library))):
        expect(f'iostls::detail::made_at_load<{kind.group(1)}>::object' in names(library), kind.group(1))
    return None


def none_at_first_use(library):
    late = [name for name in guarded(library) if not AT_LOAD.search(name)]
    expect(not late, '\n'.join(sorted(late) + ['Use base/lazy_instance.hpp or system/retried_once.hpp.']))


def main():
    compiling.report([(name, lambda case=case: case(sys.argv[1])) for name, case in (
        ('finds the guards of local statics', seen_at_all),
        ('what is guarded is constructed when the library is loaded', made_at_load),
        ('no local static is constructed at its first use', none_at_first_use))])


if __name__ == '__main__':
    main()
