/** What must hold whatever is fed: prototypes stay as they were, inputs are not changed, memory is not taken for nothing. */
import v8 from 'node:v8';
import vm from 'node:vm';
import { Broken } from './target.ts';

/** What everything inherits from. */
const PROTOTYPES: Readonly<Record<string, object>> = {
  Object: Object.prototype,
  Array: Array.prototype,
  Function: Function.prototype,
  String: String.prototype,
  Number: Number.prototype,
  Map: Map.prototype,
  Set: Set.prototype,
  Promise: Promise.prototype,
  Uint8Array: Uint8Array.prototype,
  global: globalThis,
};

const CLEAN = new Map(
  Object.entries(PROTOTYPES).map(([name, of]) => [
    name,
    { of, before: Object.getOwnPropertyDescriptors(of) },
  ]),
);

/** Quick: how many properties the two have that every object and list reads through. */
const COUNTS = [Object.prototype, Array.prototype].map((of) => Reflect.ownKeys(of).length);

export function checkPrototypesQuickly(): void {
  const [objects, arrays] = [Object.prototype, Array.prototype].map(
    (of) => Reflect.ownKeys(of).length,
  );
  if (objects !== COUNTS[0] || arrays !== COUNTS[1]) checkPrototypes();
}

/** Every property is there and is what it was. What is not, is put back, so that the next input is judged by itself. */
export function checkPrototypes(): void {
  const changed: string[] = [];
  for (const [name, { of, before }] of CLEAN) {
    for (const key of Reflect.ownKeys(of)) {
      if (Object.hasOwn(before, key)) continue;
      // The runner of the tests and Node's lazy globals add to the global object, nobody to the others.
      if (name === 'global') continue;
      changed.push(`${name}.${String(key)} is new`);
      Reflect.deleteProperty(of, key);
    }
    for (const key of Reflect.ownKeys(before)) {
      const [was, is] = [before[key as string], Object.getOwnPropertyDescriptor(of, key)];
      if (was === undefined || name === 'global' || is?.value === was.value) continue;
      changed.push(`${name}.${String(key)} changed`);
      Object.defineProperty(of, key, was);
    }
  }
  if (changed.length > 0) throw new Broken(`prototype pollution: ${changed.join(', ')}`);
}

/** Bytes taken so far, what was given back by then not counted: cheap enough to ask twice for every input. */
function taken(): number {
  const { used_heap_size: heap, external_memory: outside } = v8.getHeapStatistics();
  return heap + outside;
}

v8.setFlagsFromString('--expose-gc');
const collect = vm.runInNewContext('gc') as () => void;

/**
 * Bytes that `run` allocates, or fewer where the collector ran meanwhile. Compiling allocates too, so what is above
 * `bound` is measured again, beginning with nothing to collect.
 */
export function checkAllocation(run: () => void, bound: number): void {
  let least = Infinity;
  for (let tries = 0; tries < 3 && least > bound; tries++) {
    if (tries > 0) collect();
    const before = taken();
    run();
    least = Math.min(least, taken() - before);
  }
  if (least > bound) throw new Broken(`allocates ${least} bytes, where ${bound} are allowed`);
}

/** Bytes in use after everything that nobody holds is gone. */
export function heapBytes(): number {
  collect();
  return taken();
}

const COPIES = 32;
/** Of what is kept per byte of input: objects, strings in hexadecimal, views. */
const KEPT_FACTOR = 64;
const KEPT_BYTES = 65_536;

/** What is kept of one input takes a small multiple of it. False where nothing is kept of it. */
export function checkKept(keep: (input: Uint8Array) => unknown, input: Uint8Array): boolean {
  if (input.length > 262_144 || keep(Uint8Array.from(input)) === null) return false;
  const before = heapBytes();
  // Each from a frame of its own, as from a socket: what keeps its frame is seen.
  const kept = Array.from({ length: COPIES }, () => keep(Uint8Array.from(input)));
  const each = (heapBytes() - before) / COPIES;
  const bound = KEPT_BYTES + KEPT_FACTOR * input.length;
  if (each > bound && kept.length > 0)
    throw new Broken(
      `keeps ${Math.round(each)} bytes of ${input.length}, where ${bound} are allowed`,
    );
  return true;
}
