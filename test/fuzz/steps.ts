/** Inputs that are a sequence: what arrives in which order. Any bytes are some sequence; what is cut off is left out. */
import { Writer } from '../../src/base/binary.ts';

export interface Step {
  /** What the step is, and with whom: the target says. */
  readonly kind: number;
  readonly who: number;
  readonly bytes: Uint8Array;
}

const HEADER_BYTES = 6;
export const STEPS_MAX = 600;

export function encodeSteps(steps: readonly Step[]): Uint8Array {
  const writer = new Writer(4_096);
  for (const { kind, who, bytes } of steps) writer.u8(kind).u8(who).bytes(bytes);
  return writer.finish();
}

export function decodeSteps(input: Uint8Array): readonly Step[] {
  const steps: Step[] = [];
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  let at = 0;
  while (at + HEADER_BYTES <= input.length && steps.length < STEPS_MAX) {
    const start = at + HEADER_BYTES;
    const end = start + view.getUint32(at + 2);
    if (end > input.length) break;
    steps.push({
      kind: input[at] as number,
      who: input[at + 1] as number,
      bytes: input.slice(start, end),
    });
    at = end;
  }
  return steps;
}
