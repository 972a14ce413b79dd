"""UDP server of section 2.7: one socket answers every client.

    python3 udp_server.py [HOST [PORT]]

HOST is the address to listen on; without it, every address of this machine.
"""

import sys
from socket import AF_INET, SOCK_DGRAM, socket

host = sys.argv[1] if len(sys.argv) > 1 else ""
port = int(sys.argv[2]) if len(sys.argv) > 2 else 12000

server_socket = socket(AF_INET, SOCK_DGRAM)
server_socket.bind((host, port))
print("The UDP server is ready on port", port, flush=True)

while True:
    # What comes from nowhere else: the address to answer to.
    message, client_address = server_socket.recvfrom(2048)
    reply = message.decode(errors="replace").upper()
    try:
        server_socket.sendto(reply.encode(), client_address)
    except OSError as error:
        # One client that cannot be reached must not end the service for the others.
        print(client_address, error, file=sys.stderr, flush=True)
