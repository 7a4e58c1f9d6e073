# SPDX-License-Identifier: Apache-2.0
"""aiosmtpd in the foreground, on a free port: smtp_server.py CERTIFICATE KEY. It takes mail under
STARTTLS only. Prints the port, and for each message a line of JSON. Ends with its input."""

import asyncio
import base64
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP


class Printer:
    """Takes every message."""

    async def handle_DATA(self, _server, session, envelope):  # pylint: disable=invalid-name
        print(json.dumps({
            'from': envelope.mail_from,
            'to': envelope.rcpt_tos,
            'content': base64.b64encode(envelope.original_content).decode(),
            'tls': session.ssl is not None,
        }), flush=True)
        return '250 taken'


async def main(certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(Printer(), tls_context=context, require_starttls=True, hostname='localhost'),
        '127.0.0.1', 0)
    print('port', server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == '__main__':
    asyncio.run(main(*sys.argv[1:]))
