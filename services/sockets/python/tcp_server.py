"""TCP server of section 2.7: a welcoming socket, and a connection socket for each client.

    python3 tcp_server.py [HOST [PORT]]

HOST is the address to listen on; without it, every address of this machine.
"""

import sys
from socket import AF_INET, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, socket

host = sys.argv[1] if len(sys.argv) > 1 else ""
port = int(sys.argv[2]) if len(sys.argv) > 2 else 12000

welcoming_socket = socket(AF_INET, SOCK_STREAM)
# So that the server can start again at once, while old connections of this port still fade away.
welcoming_socket.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
welcoming_socket.bind((host, port))
welcoming_socket.listen(1)
print("The TCP server is ready on port", port, flush=True)

while True:
    connection_socket, client_address = welcoming_socket.accept()
    # One client at a time: a silent one would keep all others waiting.
    connection_socket.settimeout(30)
    try:
        # At most 1024 octets of what has come by now. A stream has no borders between messages.
        sentence = connection_socket.recv(1024).decode(errors="replace")
        connection_socket.send(sentence.upper().encode())
    except OSError as error:
        print(client_address, error, file=sys.stderr, flush=True)
    # Ends this connection only. The welcoming socket stays open for the next client.
    connection_socket.close()
