/** `host:port`, and what can be wrong with listening there. */
import { isIPv6 } from 'node:net';

export interface Address {
  /** A name, an IPv4 or an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
}

const ADDRESS = /^(?:\[([0-9a-fA-F:.]+)\]|([0-9a-zA-Z._-]{1,253})):([0-9]{1,5})$/u;

/** Reads `host:port` or `[ipv6]:port`; null where the text is neither. Port 0 means any free one. */
export function parseAddress(text: string): Address | null {
  const match = ADDRESS.exec(text);
  if (match === null) return null;
  const [, ipv6, name, digits] = match;
  const port = Number(digits);
  if (port > 65_535 || (ipv6 !== undefined && !isIPv6(ipv6))) return null;
  return { host: ipv6 ?? (name as string), port };
}

export function formatAddress(address: Address): string {
  const host = isIPv6(address.host) ? `[${address.host}]` : address.host;
  return `${host}:${address.port}`;
}

/** What counts as one address: an IPv4 address, or the 64 bits of an IPv6 network, which one owner has whole. */
export function originOf(remoteAddress: string | undefined): string {
  if (remoteAddress === undefined) return 'unknown';
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/iu.exec(remoteAddress);
  if (mapped !== null) return mapped[1] as string;
  // First what is cheap: the expression behind `isIPv6` takes 20 µs, and whoever is refused comes by here.
  if (!remoteAddress.includes(':') || !isIPv6(remoteAddress)) return remoteAddress;
  const [head = '', tail = ''] = remoteAddress.split('%')[0]?.split('::') ?? [];
  const left = head === '' ? [] : head.split(':');
  const right = tail === '' ? [] : tail.split(':');
  const zeros = Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0');
  return `${[...left, ...zeros, ...right].slice(0, 4).join(':')}::/64`;
}

/** Addresses that one owner often has together: of an origin its 256 neighbours, or an IPv6 network of 48 bits. */
export function neighbourhoodOf(origin: string): string {
  const [, ipv4] = /^(\d+\.\d+\.\d+)\.\d+$/u.exec(origin) ?? [];
  if (ipv4 !== undefined) return `${ipv4}.0/24`;
  const [, ipv6] = /^([^:]+:[^:]+:[^:]+):[^:]+::\/64$/u.exec(origin) ?? [];
  return ipv6 === undefined ? origin : `${ipv6}::/48`;
}

export type ListenErrorCode =
  | 'bad-address'
  | 'address-in-use'
  | 'permission-denied'
  | 'address-not-available'
  | 'listen-failed';

/** This node cannot listen where it was told to. The message is one line for the operator. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  readonly code: ListenErrorCode;
  /** As it was given. */
  readonly address: string;

  constructor(code: ListenErrorCode, address: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.code = code;
    this.address = address;
  }
}

/** What the operating system said to `listen`, in words. */
export function listenError(address: string, cause: NodeJS.ErrnoException): ListenError {
  const [code, message] = describe(address, cause);
  return new ListenError(code, address, message, cause);
}

function describe(address: string, cause: NodeJS.ErrnoException): [ListenErrorCode, string] {
  switch (cause.code) {
    case 'EADDRINUSE':
      return ['address-in-use', `${address} is taken by another process`];
    case 'EACCES':
    case 'EPERM':
      return ['permission-denied', `not allowed to listen on ${address}`];
    case 'EADDRNOTAVAIL':
      return ['address-not-available', `${address} is no address of this machine`];
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return ['address-not-available', `the host name of ${address} cannot be resolved`];
    default:
      return ['listen-failed', `cannot listen on ${address}: ${cause.message}`];
  }
}
