"""UDP client of section 2.7: sends one line, prints it as it comes back.

    python3 udp_client.py [HOST [PORT]]
"""

import sys
from socket import AF_INET, SOCK_DGRAM, socket

host = sys.argv[1] if len(sys.argv) > 1 else "sockets.topdown.org"
port = int(sys.argv[2]) if len(sys.argv) > 2 else 12000

# No bind: the operating system chooses the port of a client.
client_socket = socket(AF_INET, SOCK_DGRAM)
# A datagram may be lost, and nobody would tell: without this line recvfrom could wait for ever.
client_socket.settimeout(5)

message = input("Sentence in lower case: ")
# The destination goes with each datagram.
client_socket.sendto(message.encode(), (host, port))

try:
    reply, server_address = client_socket.recvfrom(2048)
except TimeoutError:
    sys.exit(f"No answer from {host}:{port}: the datagram is lost, or nobody listens there")
print(reply.decode(errors="replace"))
client_socket.close()
