// Carries TCP connections of 127.0.0.1 over stdin and stdout: PORT ANY. See RelayFrame.cs for the frames.
'use strict';
const net = require('net');
const WINDOW = 262144, PIECE = 65536, MOST = 256, CROWDED = 262144, HEAD = 9;
const links = new Map();
const out = new net.Socket({ fd: 1, readable: false, writable: true });
let next = 1, input = Buffer.alloc(0), mayMove = process.argv[2] === '1';

function send(id, kind, data) {
  const frame = Buffer.allocUnsafe(HEAD + data.length);
  frame.writeUInt32BE(id, 0);
  frame.write(kind, 4, 'latin1');
  frame.writeUInt32BE(data.length, 5);
  data.copy(frame, HEAD);
  out.write(frame);
}

const NONE = Buffer.alloc(0);

function number(value) {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value, 0);
  return bytes;
}

// Sends what came from a client as far as its window and the output allow, and reads on only then.
function pump(link) {
  while (link.waiting.length > 0 && link.window > 0 && out.writableLength < CROWDED) {
    const first = link.waiting[0], count = Math.min(first.length, link.window, PIECE);
    send(link.id, 'D', first.slice(0, count));
    link.window -= count;
    if (count === first.length) link.waiting.shift();
    else link.waiting[0] = first.slice(count);
  }
  if (link.ended && link.waiting.length === 0) {
    if (!link.saidEnd) send(link.id, 'E', NONE);
    link.saidEnd = true;
    if (link.closed) links.delete(link.id);
  } else if (link.waiting.length > 0 || link.window <= 0 || out.writableLength >= CROWDED) {
    link.sock.pause();
  } else {
    link.sock.resume();
  }
}

function accept(sock) {
  const link = { id: next++, sock, window: WINDOW, waiting: [], taken: 0, ended: false, saidEnd: false, closed: false };
  links.set(link.id, link);
  sock.setNoDelay(true);
  send(link.id, 'O', NONE);
  sock.on('data', data => { link.waiting.push(data); pump(link); });
  sock.on('end', () => { link.ended = true; pump(link); });
  sock.on('error', () => { if (links.delete(link.id)) send(link.id, 'R', NONE); });
  sock.on('close', () => {
    // Both sides have ended, but what came last may still wait for its window.
    link.closed = true;
    if (link.saidEnd) links.delete(link.id);
    else if (!link.ended && links.delete(link.id)) send(link.id, 'R', NONE);
  });
}

function take(link, kind, data) {
  if (kind === 'D') {
    link.sock.write(data, () => {
      link.taken += data.length;
      if (link.taken < WINDOW / 4 || !links.has(link.id)) return;
      send(link.id, 'C', number(link.taken));
      link.taken = 0;
    });
  } else if (kind === 'C') {
    link.window += data.readUInt32BE(0);
    pump(link);
  } else if (kind === 'E') {
    link.sock.end();
  } else if (kind === 'R') {
    links.delete(link.id);
    if (link.sock.resetAndDestroy) link.sock.resetAndDestroy();
    else link.sock.destroy();
  }
}

function feed(chunk) {
  input = input.length === 0 ? chunk : Buffer.concat([input, chunk]);
  let at = 0;
  for (;;) {
    if (input.length - at < HEAD) break;
    const length = input.readUInt32BE(at + 5);
    if (input.length - at < HEAD + length) break;
    const link = links.get(input.readUInt32BE(at));
    if (link) take(link, String.fromCharCode(input[at + 4]), input.slice(at + HEAD, at + HEAD + length));
    at += HEAD + length;
  }
  input = input.slice(at);
}

const server = net.createServer({ allowHalfOpen: true }, accept);
const listen = port => server.listen({ host: '127.0.0.1', port, backlog: 128 });
server.maxConnections = MOST;
server.on('listening', () => send(0, 'P', Buffer.from(String(server.address().port))));
server.on('error', error => {
  if (!mayMove) { process.stderr.write(error.message + '\n', () => process.exit(1)); return; }
  mayMove = false;
  listen(0);
});
out.on('error', () => process.exit(0));
out.on('drain', () => links.forEach(pump));
process.stdin.on('data', feed).on('end', () => process.exit(0)).on('error', () => process.exit(0));
listen(Number(process.argv[1]));
