/** A signed request on its way, and the queue of commands that wait for a place in one. */
import { limits } from '../base/limits.ts';
import type { Hash, NodeId } from '../consensus/model/ids.ts';
import type { RefusalCode } from '../consensus/model/message.ts';
import type { Provenance } from './api.ts';
import type { TangaroaError } from './errors.ts';
import type { Waiting } from './patience.ts';
import type { Tally } from './tally.ts';

/** One command of one caller. */
export interface Command extends Waiting {
  readonly bytes: Uint8Array;
  /** It asks for what may be long: all that share a request share the bound of its answer. */
  readonly asks: boolean;
  /** The request it went out with; null while it waits, and again when it has ended. */
  request: Outstanding | null;
  done: boolean;
  /** Takes its result; false where nothing was done of it for want of room, so that it is to be sent again. */
  settle(result: Uint8Array, provenance: Provenance, count: number): boolean;
  fail(error: TangaroaError): void;
}

/** One signature over several commands (C2), the same bytes whenever it is sent (M3). */
export interface Outstanding {
  readonly first: bigint;
  readonly count: number;
  readonly digest: Hash;
  readonly frame: Uint8Array;
  readonly commands: readonly Command[];
  /** Commands whose caller still waits. */
  live: number;
  readonly tally: Tally;
  readonly firstSentMs: number;
  attempts: number;
  resendAtMs: number;
  /** Whether every node is to have it, as the leader alone did not serve. */
  toAll: boolean;
  /** The newest advice of each node that will not take it. */
  readonly refusals: Map<NodeId, RefusalCode>;
}

/** What one command costs within a request beside its own bytes, and a request beside its commands. */
const COMMAND_OVERHEAD_BYTES = 8;
const REQUEST_OVERHEAD_BYTES = 1_024;

/** Commands of one request that ask for something: so many values of 16 KiB fit its answer. */
const ASKING_MAX = 64;

/** Bytes of commands that one request may carry. */
const BUNDLE_BYTES_MAX: number = limits.requestBytesMax - REQUEST_OVERHEAD_BYTES;

/** Commands that wait, in order, bounded in number and bytes. */
export class WaitingQueue {
  readonly #commandsMax: number;
  readonly #bytesMax: number;
  #commands: Command[] = [];
  /** Those that go next, each in a request of its own: at most a window of them. */
  #alone: Command[] = [];
  /** Index of the first that waits; ended ones below and between are skipped. */
  #head = 0;
  #live = 0;
  #bytes = 0;

  constructor(options: { readonly commandsMax: number; readonly bytesMax: number }) {
    this.#commandsMax = options.commandsMax;
    this.#bytesMax = options.bytesMax;
  }

  get length(): number {
    return this.#live;
  }

  hasRoom(bytes: number): boolean {
    return this.#live < this.#commandsMax && this.#bytes + bytes <= this.#bytesMax;
  }

  push(command: Command): void {
    this.#commands.push(command);
    this.#live++;
    this.#bytes += command.bytes.length;
  }

  /** A command that came back because the request it shared had no room for it. */
  pushAlone(command: Command): void {
    this.#alone.push(command);
    this.#live++;
    this.#bytes += command.bytes.length;
  }

  /** The caller of a waiting command gave up: it is marked done and skipped. */
  left(command: Command): void {
    this.#live--;
    this.#bytes -= command.bytes.length;
    // Where most have ended, what is left moves together: no more garbage than there are commands.
    if (this.#commands.length - this.#head > 64 + 2 * this.#live) {
      this.#commands = this.#commands.slice(this.#head).filter(({ done }) => !done);
      this.#head = 0;
    }
  }

  /** Takes the next bundle: at most `countMax` commands, and as many bytes as one request carries. */
  take(countMax: number): Command[] {
    const bundle: Command[] = [];
    let bytes = 0;
    let asking = 0;
    this.#alone = this.#alone.filter(({ done }) => !done);
    const alone = this.#alone.shift();
    if (alone !== undefined) {
      this.#live--;
      this.#bytes -= alone.bytes.length;
      return [alone];
    }
    while (bundle.length < countMax && this.#head < this.#commands.length) {
      const command = this.#commands[this.#head] as Command;
      if (!command.done) {
        const size = command.bytes.length + COMMAND_OVERHEAD_BYTES;
        if (bundle.length > 0 && bytes + size > BUNDLE_BYTES_MAX) break;
        if (command.asks && ++asking > ASKING_MAX) break;
        bytes += size;
        bundle.push(command);
        this.#live--;
        this.#bytes -= command.bytes.length;
      }
      this.#head++;
    }
    this.#compact();
    return bundle;
  }

  drain(): Command[] {
    const all = [...this.#alone, ...this.#commands.slice(this.#head)];
    const commands = all.filter(({ done }) => !done);
    this.#alone = [];
    this.#commands = [];
    this.#head = 0;
    this.#live = 0;
    this.#bytes = 0;
    return commands;
  }

  #compact(): void {
    if (this.#head < 1_024 && this.#head < this.#commands.length) return;
    this.#commands = this.#commands.slice(this.#head);
    this.#head = 0;
  }
}
