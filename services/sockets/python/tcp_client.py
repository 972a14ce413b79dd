"""TCP client of section 2.7: sends one line, prints it as it comes back.

    python3 tcp_client.py [HOST [PORT]]
"""

import sys
from socket import AF_INET, SOCK_STREAM, socket

host = sys.argv[1] if len(sys.argv) > 1 else "sockets.topdown.org"
port = int(sys.argv[2]) if len(sys.argv) > 2 else 12000

client_socket = socket(AF_INET, SOCK_STREAM)
# The address is named here, once. Three segments cross the wire before this line is done.
client_socket.connect((host, port))

sentence = input("Sentence in lower case: ")
client_socket.send(sentence.encode())
reply = client_socket.recv(1024)
print(reply.decode(errors="replace"))
client_socket.close()
