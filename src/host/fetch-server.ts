/** Answers a peer's fetches of committed entries (D3): one at a time for each peer, and as its account allows. */
import { limits } from '../base/limits.ts';
import { ServeAccount } from '../base/serve-account.ts';
import type { LogIndex, NodeId } from '../consensus/model/ids.ts';
import type { EntriesBody } from '../consensus/model/message.ts';
import { readAnswer } from './fetch-answer.ts';
import type { FetchRequest } from './fetch-answer.ts';
import type { LogStore } from './ports.ts';

interface Lane {
  /** The latest request that was not answered yet: it replaces the one before. */
  waiting: FetchRequest | null;
  serving: boolean;
  readonly account: ServeAccount;
  /** The highest entry that was read for it by this process: from there down all is served again, on whichever proof. */
  servedUpTo: LogIndex | 0;
}

export interface FetchServerOptions {
  /** How many may ask. */
  readonly peers: number;
}

export interface FetchServerDeps {
  readonly store: LogStore;
  readonly send: (to: NodeId, body: EntriesBody) => void;
  readonly onIdle: () => void;
  readonly onFailure: (error: unknown) => void;
}

export class FetchServer {
  readonly #options: FetchServerOptions;
  readonly #deps: FetchServerDeps;
  /** In the order of their turns. */
  readonly #lanes = new Map<NodeId, Lane>();
  #serving = 0;
  /** Somebody waits for a place. */
  #isCrowded = false;
  #nowMs = 0;

  constructor(options: FetchServerOptions, deps: FetchServerDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  /** No answer is being made. What still waits is not counted: the asker asks again. */
  get idle(): boolean {
    return this.#serving === 0;
  }

  ask(to: NodeId, request: FetchRequest, nowMs: number): void {
    const lane = this.#lanes.get(to) ?? this.#open();
    this.#lanes.set(to, lane);
    lane.waiting = request;
    this.tick(nowMs);
  }

  #open(): Lane {
    const account = new ServeAccount(this.#options.peers);
    return { waiting: null, serving: false, account, servedUpTo: 0 };
  }

  /** Serves what had to wait: few at once, since the threads that read are those that write the log. */
  tick(nowMs: number): void {
    this.#nowMs = nowMs;
    this.#isCrowded = false;
    for (const [to, lane] of [...this.#lanes]) {
      const { waiting, serving, account } = lane;
      if (waiting === null || serving || !account.isOpen(nowMs)) continue;
      // L2: it waits for what pays for repeats, or for a newer question in its place.
      const isRepeat = waiting.from <= lane.servedUpTo;
      if (isRepeat && !account.repeats(nowMs)) continue;
      if (this.#serving >= limits.servedAtOnceMax) {
        this.#isCrowded = true;
        return;
      }
      this.#lanes.delete(to);
      this.#lanes.set(to, lane);
      this.#serve(to, lane, waiting, isRepeat);
    }
  }

  #serve(to: NodeId, lane: Lane, request: FetchRequest, isRepeat: boolean): void {
    const { store, send, onIdle, onFailure } = this.#deps;
    lane.waiting = null;
    lane.serving = true;
    lane.account.begin(this.#nowMs);
    this.#serving++;
    readAnswer(store, request).then(
      ({ body, served, upTo }) => {
        lane.serving = false;
        this.#serving--;
        lane.account.pay(served, isRepeat);
        if (upTo > lane.servedUpTo) lane.servedUpTo = upTo;
        if (body !== null) send(to, body);
        if (this.#isCrowded) this.tick(this.#nowMs);
        onIdle();
      },
      (error: unknown) => {
        lane.serving = false;
        this.#serving--;
        onFailure(error);
      },
    );
  }
}
