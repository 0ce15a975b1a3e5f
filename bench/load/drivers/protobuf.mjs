/** As much of the protocol-buffer encoding as etcd's Put, Range and Status need (protobuf.dev, "Encoding"). */

const VARINT = 0;
const BYTES = 2;

/** @param {number} value below 2^31 */
function varint(value) {
  const bytes = [];
  let rest = value;
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128);
  return [...bytes, rest];
}

/** @param {number} field @param {Uint8Array} value @returns {Uint8Array[]} */
export function bytesField(field, value) {
  return [Uint8Array.from([(field << 3) | BYTES, ...varint(value.length)]), value];
}

/** @param {number} field @returns {Uint8Array} `true` */
export function trueField(field) {
  return Uint8Array.of((field << 3) | VARINT, 1);
}

/**
 * The fields of one message, in their order: numbers as bigint, anything with a length as bytes.
 *
 * @param {Uint8Array} message
 * @returns {{ field: number, value: bigint | Uint8Array }[]}
 */
export function readFields(message) {
  const fields = [];
  let at = 0;
  const read = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined || shift > 63n) throw new Error('protobuf: cut off');
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = Number(read());
    const type = tag & 7;
    if (type === VARINT) fields.push({ field: tag >>> 3, value: read() });
    else if (type === BYTES) {
      const length = Number(read());
      fields.push({ field: tag >>> 3, value: message.subarray(at, (at += length)) });
    } else throw new Error(`protobuf: wire type ${type}`);
  }
  return fields;
}

/** @param {Uint8Array} message @param {number} field @returns {Uint8Array | null} the first of its name */
export function bytesOf(message, field) {
  const found = readFields(message).find((one) => one.field === field)?.value;
  return found instanceof Uint8Array ? found : null;
}

/** @param {Uint8Array} message @param {number} field @returns {bigint} 0 where it is absent, as the encoding has it */
export function numberOf(message, field) {
  const found = readFields(message).find((one) => one.field === field)?.value;
  return typeof found === 'bigint' ? found : 0n;
}
