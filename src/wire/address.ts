/** Where a member listens, as a configuration names it: what everybody can dial, or it is no address. */

const PARTS = /^(?:\[(?<ipv6>[0-9A-Fa-f:.]+)\]|(?<host>[A-Za-z0-9.-]+)):(?<port>[1-9][0-9]{0,4})$/u;
const LABEL = /^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/u;
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/u;
/** A name that ends in one is read as an address of numbers, and most are none (URL standard, "ends in a number"). */
const NUMBER = /^(?:\d+|0[xX][0-9A-Fa-f]*)$/u;

/** `host:port` or `[IPv6]:port`: at most 255 characters. */
export function isAddress(text: string): boolean {
  if (text.length > 255) return false;
  const { ipv6, host, port } = PARTS.exec(text)?.groups ?? {};
  if (Number(port ?? Infinity) > 65_535) return false;
  return ipv6 === undefined ? isHost(host ?? '') : isIPv6(ipv6);
}

function isHost(host: string): boolean {
  const labels = host.split('.');
  if (NUMBER.test(labels.at(-1) ?? '')) return IPV4.test(host);
  return host.length <= 253 && labels.every((label) => LABEL.test(label));
}

/** Eight groups, or fewer around one `::`; the last two may be an IPv4 address (RFC 4291, 2.2). */
function isIPv6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2) return false;
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')));
  const all = groups.flat();
  const last = all.at(-1) ?? '';
  const isMixed = last.includes('.');
  // What stands before a `::` at the end is no IPv4 address.
  if (isMixed && (!IPV4.test(last) || groups.at(-1)?.length === 0)) return false;
  const plain = isMixed ? all.slice(0, -1) : all;
  if (!plain.every((group) => /^[0-9A-Fa-f]{1,4}$/u.test(group))) return false;
  const count = plain.length + (isMixed ? 2 : 0);
  return halves.length === 2 ? count <= 7 : count === 8;
}
