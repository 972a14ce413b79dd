"""Sends a datagram with source port 0, which no ordinary socket does: python3 port-zero.py SOURCE DESTINATION PORT HEX."""
import socket
import struct
import sys

source, destination, port, data = sys.argv[1], sys.argv[2], int(sys.argv[3]), bytes.fromhex(sys.argv[4])
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)
raw.bind((source, 0))
raw.sendto(struct.pack("!HHHH", 0, port, 8 + len(data), 0) + data, (destination, 0))
