/** The connection by hand against Node's own HTTP/2, which knows the protocol better. */
import { once } from 'node:events';
import { createServer } from 'node:http2';
import type { Http2Server, ServerHttp2Stream } from 'node:http2';
import { afterEach, expect, test } from 'vitest';
import { openChannel } from '../../bench/load/drivers/grpc.mjs';
import type { Channel } from '../../bench/load/drivers/grpc.mjs';
import { encodeFrame, FrameReader, FRAME } from '../../bench/load/drivers/http2-frames.mjs';

let server: Http2Server | null = null;
let channel: Channel | null = null;

afterEach(async () => {
  channel?.close();
  if (server === null) return;
  server.close();
  await once(server, 'close');
});

type Answer = (stream: ServerHttp2Stream, body: Buffer, path: string) => void;

/** An answer with gRPC's prefix, in two pieces. */
function succeed(stream: ServerHttp2Stream, body: Buffer): void {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0', 'grpc-message': '' }));
  const frame = Buffer.concat([Buffer.alloc(5), body]);
  stream.write(frame.subarray(0, 7));
  stream.end(frame.subarray(7));
}

async function serve(answer: Answer, settings = {}): Promise<Channel> {
  server = createServer({ settings });
  server.on('stream', (stream, headers) => {
    const chunks: Buffer[] = [];
    expect(headers).toMatchObject({
      ':method': 'POST',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () =>
      answer(stream, Buffer.concat(chunks).subarray(5), headers[':path'] ?? ''),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  channel = await openChannel(`http://127.0.0.1:${address.port}`);
  return channel;
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

test('calls of several methods, the first of a connection and the others', async () => {
  const echo = await serve((stream, body, path) =>
    succeed(stream, Buffer.concat([Buffer.from(path), body])),
  );
  expect(text(await echo.call('/kv/Put', [Buffer.from('a'), Buffer.from('b')]))).toBe('/kv/Putab');
  expect(text(await echo.call('/kv/Range', [Buffer.from('c')]))).toBe('/kv/Rangec');
  expect(text(await echo.call('/kv/Put', [Buffer.from('d')]))).toBe('/kv/Putd');
});

test('more than the windows of the connection hold, each answer to its own call', async () => {
  const echo = await serve(succeed, { maxConcurrentStreams: 10 });
  const bodies = Array.from({ length: 300 }, (_, at) => Buffer.alloc(4_000, `${at} `));
  const answers = await Promise.all(bodies.map((body) => echo.call('/kv/Put', [body])));
  expect(answers.map(text)).toEqual(bodies.map(text));
});

test('a call that failed is told, and the connection goes on', async () => {
  const broken = await serve((stream, body) => {
    if (text(body) !== 'bad') return succeed(stream, body);
    stream.respond({ ':status': 200, 'grpc-status': '14' }, { endStream: true });
  });
  await expect(broken.call('/kv/Put', [Buffer.from('bad')])).rejects.toThrow(/refused a call/u);
  expect(text(await broken.call('/kv/Put', [Buffer.from('good')]))).toBe('good');
});

test('a connection that ends ends its calls', async () => {
  const dying = await serve((stream) => stream.session?.destroy());
  await expect(dying.call('/kv/Put', [Buffer.from('a')])).rejects.toThrow();
  await expect(dying.call('/kv/Put', [Buffer.from('b')])).rejects.toThrow();
});

test('frames come whole, however they are cut', () => {
  const payloads = ['', 'one', 'x'.repeat(300)].map((payload) => Buffer.from(payload));
  const bytes = Buffer.concat(payloads.map((payload) => encodeFrame(FRAME.data, 1, 7, payload)));
  for (const size of [1, 5, 9, 10, 1_000]) {
    const reader = new FrameReader();
    const frames = [];
    for (let at = 0; at < bytes.length; at += size)
      frames.push(...reader.read(bytes.subarray(at, at + size)));
    expect(frames.map(({ payload }) => payload.toString())).toEqual(payloads.map(String));
    expect(frames.every(({ stream, flags }) => stream === 7 && flags === 1)).toBe(true);
  }
});
