# SPDX-License-Identifier: Apache-2.0
"""The shared library exports nothing but names of iostls, and those are the ones of symbols.txt:
symbols.py LIBRARY compares, symbols.py --update LIBRARY writes symbols.txt anew, and Debian's list."""

import pathlib
import re
import sys

import compiling
import debian_symbols
from compiling import expect

SNAPSHOT = pathlib.Path(__file__).with_name('symbols.txt')
HEAD = '''# SPDX-License-Identifier: Apache-2.0
# What the shared library exports, but for inline functions, of which compilers keep what they like.
# A line that goes away breaks programs that were linked before: see doc/abi.md.
'''

# The names as they are: demangled, a function template begins with its return type, which may be
# of iostls although the template is not.
OWN = re.compile(r'^_Z(?:TI|TS|TV|TT|TC|Th.*?_|Tv.*?_)?NK?6iostls')
# detail::, and the classes that hold what public ones hide.
INTERNAL = re.compile(r'^_Z(?:TI|TS|TV|TT)?NK?6iostls(?:6detail|\d+[a-z_]+(?:4impl|7content))')
STRING = 'std::basic_string<char, std::char_traits<char>, std::allocator<char> >'
SPELLINGS = (  # what standard libraries and word sizes call by other names
    (r'\b(?:__cxx11|__1|_V2)::', ''),
    (re.escape(STRING), 'std::string'),
    (r'std::basic_([io])stream<char, std::char_traits<char> >', r'std::\1stream'),
    (r'\[abi:cxx11\]', ''),
    (r'\blong long\b', 'long'),
    (r'std::chrono::duration<long, std::ratio<1ll?, 1000000000ll?> >', 'std::chrono::nanoseconds'),
    (r'std::chrono::time_point<(std::chrono::steady_clock), std::chrono::nanoseconds >',
     r'\1::time_point'),
)


def names(library, *flags):
    result = compiling.run(['nm', '-D', '--defined-only', *flags, library])
    expect(result.returncode == 0, result.stdout)
    return [line.split(' ', 2)[1:] for line in result.stdout.splitlines()]


def portable(name):
    for pattern, text in SPELLINGS:
        name = re.sub(pattern, text, name)
    return name


def as_compiled(library):
    """All but the inline functions: those are weak and neither typeinfo nor vtable."""
    return [name for kind, name in names(library, '-C')
            if re.match('(?:typeinfo|vtable) for ', name) or
            kind in 'TDBR' and not re.match('(?:typeinfo name|VTT|construction)', name)]


def promised(library):
    return sorted(set(map(portable, as_compiled(library))))


def nothing_foreign(library):
    foreign = [name for _, name in names(library) if not OWN.match(name)]
    expect(not foreign, '\n'.join(foreign))


def nothing_internal(library):
    internal = [name for _, name in names(library) if INTERNAL.match(name)]
    expect(not internal, '\n'.join(internal))


def all_that_is_public(library):
    for name in ('iostls::ssl_server_stream::ssl_server_stream(', 'iostls::ssl_stream::close(',
                 'typeinfo for iostls::ssl_error', 'iostls::transport::~transport('):
        expect(any(n.startswith(name) for n in promised(library)), name + ' is not exported')


def is_for_32_bits(library):
    return pathlib.Path(library).read_bytes()[4] == 1  # EI_CLASS of elf(5)


def without_word_size(name):
    return re.sub(r'\blong\b', 'int', name)


def same_as_before(library):
    before = {line for line in SNAPSHOT.read_text(encoding='utf-8').splitlines()
              if not line.startswith('#')}
    now = set(promised(library))
    if is_for_32_bits(library):
        before, now = ({without_word_size(name) for name in each} for each in (before, now))
    expect(now == before, '\n'.join(
        ['- ' + name for name in sorted(before - now)] +
        ['+ ' + name for name in sorted(now - before)] +
        ['If that is meant: python3 test/consumer/symbols.py --update ' + library]))


def main():
    if sys.argv[1] == '--update':
        SNAPSHOT.write_text(HEAD + ''.join(name + '\n' for name in promised(sys.argv[2])),
                            encoding='utf-8')
        debian_symbols.update(as_compiled(sys.argv[2]))
        return
    library = sys.argv[1]
    compiling.report([(name, lambda case=case: case(library)) for name, case in (
        ('exports no foreign name', nothing_foreign),
        ('exports no internal name', nothing_internal),
        ('exports what is public', all_that_is_public),
        ('exports what symbols.txt has', same_as_before))])


if __name__ == '__main__':
    main()
