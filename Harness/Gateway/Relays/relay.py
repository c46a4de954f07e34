# Carries TCP connections of 127.0.0.1 over stdin and stdout: PORT ANY. See RelayFrame.cs for the frames.
import os
import select
import socket
import struct
import sys

WINDOW, PIECE, MOST, CROWDED = 262144, 65536, 256, 262144
HEAD = struct.Struct(">IcI")
links, state = {}, {"next": 1}
out, inp = bytearray(), bytearray()


class Link:
    def __init__(self, sock):
        self.sock, self.id, self.window, self.taken = sock, state["next"], WINDOW, 0
        self.buffer, self.ours_ended, self.theirs_ended, self.is_shut = bytearray(), False, False, False
        state["next"] += 1
        links[self.id] = self
        send(self.id, b"O")

    def fileno(self):
        return self.sock.fileno()

    def read(self):
        try:
            data = self.sock.recv(min(self.window, PIECE))
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            return self.reset()
        self.window -= len(data)
        self.ours_ended = not data
        send(self.id, b"D" if data else b"E", data)
        self.settle()

    def write(self):
        try:
            count = self.sock.send(self.buffer) if self.buffer else 0
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            return self.reset()
        del self.buffer[:count]
        self.taken += count
        if self.taken >= WINDOW // 4:
            send(self.id, b"C", struct.pack(">I", self.taken))
            self.taken = 0
        self.settle()

    def settle(self):
        if self.theirs_ended and not self.buffer and not self.is_shut:
            self.is_shut = True
            try:
                self.sock.shutdown(socket.SHUT_WR)
            except OSError:
                return self.reset()
        if self.is_shut and self.ours_ended:
            self.close()

    def reset(self):
        send(self.id, b"R")
        self.close()

    def close(self):
        links.pop(self.id, None)
        self.sock.close()


def send(link, kind, data=b""):
    out.extend(HEAD.pack(link, kind, len(data)))
    out.extend(data)


def take(link, kind, data):
    if link is None:
        return
    if kind == b"D":
        link.buffer.extend(data)
        link.write()
    elif kind == b"C":
        link.window += struct.unpack(">I", data)[0]
    elif kind == b"E":
        link.theirs_ended = True
        link.settle()
    elif kind == b"R":
        link.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        link.close()


def feed():
    data = os.read(0, 4 * PIECE)
    if not data:
        os._exit(0)
    inp.extend(data)
    at = 0
    while len(inp) - at >= HEAD.size:
        number, kind, length = HEAD.unpack_from(inp, at)
        if len(inp) - at < HEAD.size + length:
            break
        take(links.get(number), kind, bytes(inp[at + HEAD.size:at + HEAD.size + length]))
        at += HEAD.size + length
    del inp[:at]


def flush():
    try:
        del out[:os.write(1, bytes(out[:PIECE]))]
    except BlockingIOError:
        pass


def accept():
    try:
        sock = server.accept()[0]
    except OSError:
        return
    sock.setblocking(False)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    Link(sock)


def listen(port):
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", port))
    sock.listen(128)
    sock.setblocking(False)
    return sock


try:
    server = listen(int(sys.argv[1]))
except OSError:
    if sys.argv[2] != "1":
        raise
    server = listen(0)
os.set_blocking(1, False)
send(0, b"P", str(server.getsockname()[1]).encode())
while True:
    calm = len(out) < CROWDED
    reads = [0] + ([server] if len(links) < MOST and calm else [])
    reads += [link for link in links.values() if calm and link.window > 0 and not link.ours_ended]
    sinks = ([1] if out else []) + [link for link in links.values() if link.buffer]
    ready, free, _ = select.select(reads, sinks, [])
    for one in free:
        if one != 1:
            one.write()
    for one in ready:
        if one == 0:
            feed()
        elif one is server:
            accept()
        elif one.id in links:
            one.read()
    if out:
        flush()
