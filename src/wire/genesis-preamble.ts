/** What the genesis entry's payload says before its configuration: it makes one cluster unlike any other. */
import { DecodeError } from '../base/binary.ts';
import type { Reader, Writer } from '../base/binary.ts';
import { limits } from '../base/limits.ts';
import type { WireContext } from './context.ts';
import { isProtocolName } from './protocol.ts';
import type { ProtocolName } from './protocol.ts';

export const GENESIS_NONCE_BYTES = 32;

export interface GenesisPreamble {
  /** A document of one protocol can never be taken for one of another. */
  readonly protocol: ProtocolName;
  readonly name: string;
  /** 32 bytes, hexadecimal. */
  readonly nonce: string;
  /** Milliseconds since 1970; the timestamp of entry 1. */
  readonly createdMs: number;
}

export function writeGenesisPreamble(writer: Writer, preamble: GenesisPreamble): Writer {
  return writer
    .text(preamble.protocol)
    .text(preamble.name)
    .hex(preamble.nonce)
    .u53(preamble.createdMs);
}

/** A genesis is of this cluster or of none: its digest is the cluster's id (section 1). */
export function readGenesisPreamble(
  reader: Reader,
  payload: Uint8Array,
  ctx: WireContext,
): GenesisPreamble {
  if (ctx.digest(payload) !== (ctx.clusterId as string))
    throw new DecodeError('the genesis of another cluster');
  const protocol = reader.text(limits.identifierBytesMax);
  if (!isProtocolName(protocol)) throw new DecodeError('the genesis of another protocol');
  return {
    protocol,
    name: reader.text(limits.identifierBytesMax),
    nonce: reader.hex(GENESIS_NONCE_BYTES),
    createdMs: reader.u53(),
  };
}
