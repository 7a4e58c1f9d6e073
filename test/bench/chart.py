# SPDX-License-Identifier: Apache-2.0
"""Charts as SVG, by hand: they need no library, and change no more than the numbers do."""
import html
import math

from plan import ALL, STREAMS, TLS_STREAMS

LABELS = {
    'openssl_loop': 'OpenSSL loop',
    'openssl_tuned': 'OpenSSL loop, tuned',
    'iostls': 'iostls',
    'asio_ssl': 'asio ssl::stream',
    'poco_ssl': 'POCO TLS SocketStream',
    'cxxtools_ssl': 'cxxtools TLS TcpStream',
    'asio_plain': 'asio tcp::iostream',
    'poco_plain': 'POCO SocketStream',
    'stdio_filebuf': 'stdio_filebuf',
}
OURS = '#0b6e4f'
TLS = '#5b8bb5'
PLAIN = '#c3c9cf'
INK = '#24292f'
FONT = 'font-family="DejaVu Sans, Verdana, sans-serif"'


def text(x, y, words, size=12, anchor='start', weight='normal'):
    """A line of it."""
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" '
            f'font-weight="{weight}" fill="{INK}" {FONT}>{html.escape(words)}</text>')


def picture(width, height, parts):
    """An SVG file."""
    return '\n'.join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}">',
        f'<rect width="{width}" height="{height}" fill="white"/>', *parts, '</svg>', ''])


def colour(peer):
    """Ours, TLS, or plain text."""
    if peer == 'iostls':
        return OURS
    return TLS if peer in TLS_STREAMS or peer.startswith('openssl') else PLAIN


def figures(value):
    """A number above or beside its mark."""
    if value >= 100:
        return f'{value:,.0f}'
    return f'{value:.1f}' if value >= 10 else f'{value:.2f}'


def bars(left, top, title, values):
    """A panel: [(peer, value)] as horizontal bars."""
    parts = [text(left, top, title, 14, weight='bold')]
    largest = max(v for _, v in values)
    for i, (peer, value) in enumerate(values):
        y = top + 16 + 22 * i
        length = 190 * value / largest
        weight = 'bold' if peer == 'iostls' else 'normal'
        parts += [
            text(left + 158, y + 12, LABELS[peer], 11, 'end', weight),
            f'<rect x="{left + 165}" y="{y}" width="{max(length, 1):.1f}" height="16" '
            f'fill="{colour(peer)}"/>',
            text(left + 171 + length, y + 12, figures(value), 11, weight=weight)]
    return parts


def legend(left, top):
    """What the colours mean."""
    parts = []
    for i, (fill, words) in enumerate([(OURS, 'iostls'), (TLS, 'TLS'), (PLAIN, 'plain text')]):
        x = left + 110 * i
        parts += [f'<rect x="{x}" y="{top - 11}" width="12" height="12" fill="{fill}"/>',
                  text(x + 18, top, words)]
    return parts


def panels(r):
    """[(title, [(peer, value)])] of what was measured."""
    wanted = [
        ('bulk, MB/s: more is better', ALL, r.bulk),
        ('numbers by << and >>, million lines/s', STREAMS, lambda p: r.millions('lines', p)),
        ('getline, million lines/s', STREAMS, lambda p: r.millions('getline', p)),
        ('idle connection, KiB: less is better', ALL, lambda p: r.median('idle', p, 'kib')),
    ]
    made = []
    for title, peers, of in wanted:
        values = [(p, of(p)) for p in peers if of(p) is not None]
        if values:
            made.append((title, values))
    return made


def comparison(r):
    """The panels, two in a row."""
    parts = []
    top = 36
    made = panels(r)
    for i in range(0, len(made), 2):
        row = made[i:i + 2]
        for column, (title, values) in enumerate(row):
            parts += bars(16 + 440 * column, top, title, values)
        top += 50 + 22 * max(len(values) for _, values in row)
    parts += legend(16, top)
    return picture(900, top + 20, parts)


def round_step(value):
    """The least of 1, 2, 5, 10, 20 ... that is not smaller."""
    power = 10 ** math.floor(math.log10(value))
    return next(power * m for m in (1, 2, 5, 10) if power * m >= value)


def curve(points, x, y, fill):
    """A line with a mark at each point."""
    path = ' '.join(f'{x(n):.1f},{y(v):.1f}' for n, v in points)
    marks = [f'<circle cx="{x(n):.1f}" cy="{y(v):.1f}" r="3.5" fill="{fill}"/>' for n, v in points]
    return [f'<polyline points="{path}" fill="none" stroke="{fill}" stroke-width="2.5"/>', *marks]


def names_at_ends(lines, x, y):
    """The name of each line at its end, none upon another."""
    parts = []
    lowest = 0
    for points, fill, words in sorted(lines, key=lambda line: y(line[0][-1][1])):
        lowest = max(y(points[-1][1]) + 4, lowest + 16)
        parts.append(text(x(points[-1][0]) + 10, lowest, words).replace(INK, fill))
    return parts


def growth(r):
    """Aggregate throughput by the number of busy connections."""
    lines = [(r.load('iostls'), OURS, 'iostls'), (r.load('openssl_loop'), TLS, 'OpenSSL loop')]
    lines = [line for line in lines if line[0]]
    step = round_step(max(v for points, _, _ in lines for _, v in points) / 4)
    largest = step * math.ceil(max(v for points, _, _ in lines for _, v in points) / step)
    most = max(n for points, _, _ in lines for n, _ in points)

    def x(n):
        return 70 + 600 * math.log2(n) / max(math.log2(most), 1)

    def y(v):
        return 320 - 260 * v / largest

    parts = [text(16, 28, 'all connections together, MB/s each way, by their number', 14,
                  weight='bold')]
    for i in range(round(largest / step) + 1):
        value = step * i
        parts += [f'<line x1="70" x2="670" y1="{y(value):.1f}" y2="{y(value):.1f}" '
                  'stroke="#dddddd"/>', text(62, y(value) + 4, f'{value:,.0f}', 11, 'end')]
    parts += [text(x(n), 342, str(n), 11, 'middle') for n, _ in lines[0][0]]
    for points, fill, _ in lines:
        parts += curve(points, x, y, fill)
    parts += names_at_ends(lines, x, y)
    return picture(800, 360, parts)


def write_all(r, folder):
    """comparison.svg and connections.svg."""
    if panels(r):
        (folder / 'comparison.svg').write_text(comparison(r), encoding='utf-8')
    if r.load('iostls'):
        (folder / 'connections.svg').write_text(growth(r), encoding='utf-8')
