/** How every WebSocket of this program is dialed, by nodes and by clients. */
import type { ClientOptions } from 'ws';
import { limits } from '../base/limits.ts';

export const DIAL_OPTIONS: ClientOptions = {
  perMessageDeflate: false,
  followRedirects: false,
  handshakeTimeout: limits.handshakeTimeoutMs,
  maxPayload: limits.frameBytesMax,
  maxFragments: 1_024,
  // Masking keeps browsers from writing proxies' bytes of their choice (RFC 6455, 10.3). No browser chooses these.
  generateMask: (mask) => mask.fill(0),
};
