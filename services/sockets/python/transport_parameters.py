"""All that a program decides about its transport: the protocol, and a few parameters such as these.

    python3 transport_parameters.py HOST PORT SEGMENT_OCTETS BUFFER_OCTETS

Connects with the largest segment and the receive buffer that you choose, and prints what the operating system made of
them. Watch the SYN meanwhile: tcpdump -n -i any 'tcp[tcpflags] & tcp-syn != 0'
"""

import sys
from socket import AF_INET, IPPROTO_TCP, SO_RCVBUF, SOCK_STREAM, SOL_SOCKET, TCP_MAXSEG, socket

host, port, segment_octets, buffer_octets = sys.argv[1], *map(int, sys.argv[2:5])

client_socket = socket(AF_INET, SOCK_STREAM)
client_socket.setsockopt(IPPROTO_TCP, TCP_MAXSEG, segment_octets)
client_socket.setsockopt(SOL_SOCKET, SO_RCVBUF, buffer_octets)
client_socket.connect((host, port))

# What is sent is shorter than the segment by the options of TCP, 12 octets where timestamps are on.
print("octets in a segment:", client_socket.getsockopt(IPPROTO_TCP, TCP_MAXSEG))
# Linux doubles the buffer, to have room for its own book-keeping.
print("octets in the buffer:", client_socket.getsockopt(SOL_SOCKET, SO_RCVBUF))
client_socket.close()
