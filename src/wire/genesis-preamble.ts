/** What the genesis entry's payload says before its configuration: it makes one cluster unlike any other. */
import { DecodeError } from '../base/binary.ts';
import type { Reader, Writer } from '../base/binary.ts';
import { limits } from '../base/limits.ts';
import type { WireContext } from './context.ts';

export const GENESIS_PROTOCOL = 'tangaroa';
export const GENESIS_NONCE_BYTES = 32;

export interface GenesisPreamble {
  /** Always `tangaroa`: no other protocol's document can be taken for one of ours. */
  readonly protocol: typeof GENESIS_PROTOCOL;
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
  if (reader.text(limits.identifierBytesMax) !== GENESIS_PROTOCOL)
    throw new DecodeError('the genesis of another protocol');
  return {
    protocol: GENESIS_PROTOCOL,
    name: reader.text(limits.identifierBytesMax),
    nonce: reader.hex(GENESIS_NONCE_BYTES),
    createdMs: reader.u53(),
  };
}
