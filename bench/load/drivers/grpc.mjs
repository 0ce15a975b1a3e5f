/** One gRPC connection: unary calls over HTTP/2 (gRPC over HTTP/2, "Protocol"), as few bytes of JavaScript as it takes. */
import { once } from 'node:events';
import { connect, constants } from 'node:http2';

const PREFIX_BYTES = 5;
const { HTTP2_HEADER_CONTENT_TYPE, HTTP2_HEADER_METHOD, HTTP2_HEADER_PATH, HTTP2_HEADER_TE } =
  constants;

/** @param {readonly Uint8Array[]} parts @returns {Buffer} length-prefixed, not compressed */
function frame(parts) {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(
    parts.reduce((sum, { length }) => sum + length, 0),
    1,
  );
  return Buffer.concat([prefix, ...parts]);
}

/**
 * @param {string} url `http://host:port`
 * @returns {Promise<{ call: (path: string, parts: readonly Uint8Array[]) => Promise<Uint8Array> }>}
 */
export async function openChannel(url) {
  const session = connect(url, { settings: { enablePush: false } });
  await once(session, 'connect');
  // A call that is under way has its own error.
  session.on('error', () => undefined);

  return {
    call: (path, parts) =>
      new Promise((resolve, reject) => {
        const stream = session.request({
          [HTTP2_HEADER_METHOD]: 'POST',
          [HTTP2_HEADER_PATH]: path,
          [HTTP2_HEADER_CONTENT_TYPE]: 'application/grpc',
          [HTTP2_HEADER_TE]: 'trailers',
        });
        /** @type {Buffer[]} */
        const chunks = [];
        let problem = '';
        /** @param {import('node:http2').IncomingHttpHeaders} headers of an answer without a body, or its trailers */
        const check = (headers) => {
          const status = headers['grpc-status'];
          if (status !== undefined && status !== '0')
            problem = `${path}: ${String(headers['grpc-message'])} (gRPC status ${String(status)})`;
        };
        stream.on('response', check);
        stream.on('trailers', check);
        stream.on('data', (/** @type {Buffer} */ chunk) => chunks.push(chunk));
        stream.on('error', reject);
        stream.on('end', () => {
          const body = Buffer.concat(chunks);
          if (problem === '' && body.length < PREFIX_BYTES) problem = `${path}: no answer`;
          if (problem === '') resolve(body.subarray(PREFIX_BYTES));
          else reject(new Error(problem));
        });
        stream.end(frame(parts));
      }),
  };
}
