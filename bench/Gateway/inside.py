"""Calls from inside a sandbox, timed there; a part of bench/Benchmarks/GatewayCalls.cs.

usage: inside.py PORT TOKEN ACCEPT REQUEST_FILE ANSWER_FILE FIRST_NUMBER COUNT AT_ONCE

With port 0 it asks a trivial server of its own. AT_ONCE 1: prints the milliseconds of each of COUNT calls, one after the other on one
connection.
Else: those of a call alone, and of the slowest of AT_ONCE. Ends red if a byte of an answer is not that of the file.
"""
import http.client
import os
import socket
import sys
import threading
import time

WARM = 5  # calls that do not count

port, token, accept, request_file, answer_file, first, count, at_once = sys.argv[1:]
port, first, count, at_once = int(port), int(first), int(count), int(at_once)
with open(request_file, "rb") as file:
    request = file.read()
with open(answer_file, "rb") as file:
    answer = file.read()
headers = {"Authorization": "Bearer " + token, "Accept": accept, "Content-Type": "application/json"}


def serve(listener):
    """Reads a request to its end and answers it, event by event, for one connection after the other."""
    events = [piece + b"\n\n" for piece in answer.split(b"\n\n")[:-1]] or [answer]
    while True:
        client = listener.accept()[0]
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with client, client.makefile("rb") as stream:
            while True:
                length = 0
                line = stream.readline()
                if not line:
                    break
                while line not in (b"\r\n", b""):
                    if line.lower().startswith(b"content-length:"):
                        length = int(line.split(b":")[1])
                    line = stream.readline()
                stream.read(length)
                client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % len(answer))
                for event in events:
                    client.sendall(event)


def connect():
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.connect()
    return connection


def call(connection, number):
    body = request.replace(b"Task 000000", b"Task %06d" % number, 1)
    began = time.perf_counter()
    connection.request("POST", "/v1/chat/completions", body, headers)
    response = connection.getresponse()
    got = response.read()
    ended = time.perf_counter()
    if got != answer:
        sys.exit("%d and %d bytes, which are not the %d of the upstream: %r" % (response.status, len(got), len(answer), got[:200]))
    return began, ended


server = None
if port == 0:
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    server = os.fork()
    if server == 0:
        serve(listener)
try:
    one = connect()
    for number in range(WARM if at_once == 1 else 1):
        call(one, first + number)
    if at_once == 1:
        for number in range(count):
            began, ended = call(one, first + WARM + number)
            print("%.3f" % ((ended - began) * 1000))
    else:
        began, ended = call(one, first + 1)
        print("%.3f" % ((ended - began) * 1000))
        connections = [connect() for _ in range(at_once)]
        ends = []
        gate = threading.Barrier(at_once + 1)

        def together(connection, number):
            gate.wait()
            ends.append(call(connection, number)[1])

        threads = [threading.Thread(target=together, args=(each, first + 2 + i)) for i, each in enumerate(connections)]
        for thread in threads:
            thread.start()
        began = time.perf_counter()
        gate.wait()
        for thread in threads:
            thread.join()
        if len(ends) != at_once:
            sys.exit("only %d of %d calls came to their end" % (len(ends), at_once))
        print("%.3f" % ((max(ends) - began) * 1000))
finally:
    if server:
        os.kill(server, 9)
