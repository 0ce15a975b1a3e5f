/** A replicated machine: what is applied, and what may be asked. Knows nothing of consensus. */
export interface Machine {
  /** Position of the last applied entry; index 0 and the zero hash before the first. */
  readonly applied: { readonly index: number; readonly hash: string };
  /** Digest of the state after that entry, sessions included: equal at equal index on all honest nodes. */
  readonly stateDigest: string;
  /**
   * Applies one entry, whole or not at all. Entries without requests only move `applied`. One at a time: its index
   * must be `applied.index + 1`. When it rejects, the disk failed and the machine refuses everything from then on.
   *
   * `executed` hears the outcomes as soon as they are certain, before they are written: what is written here is not
   * synced, so that it promises nothing that the log does not. Whoever asks the machine meanwhile is answered
   * afterwards, by the state that holds the entry.
   */
  apply(
    entry: MachineEntry,
    executed?: (outcomes: readonly Outcome[]) => void,
  ): Promise<readonly Outcome[]>;
  /** C2: what the session knows of a request before it is ordered. Results are read when they are asked for. */
  lookup(request: {
    readonly client: string;
    readonly first: bigint;
    readonly count: number;
    readonly digest: string;
  }): Promise<Lookup>;
  /** A read of the applied state (C5 `local`), as one encoded query to one encoded result. */
  query(query: Uint8Array, client: { readonly id: string; readonly role: string }): Promise<Answer>;
  /** Waits for what is underway, then closes the database. */
  close(): Promise<void>;
}

/** C5: a result names exactly the state it was read from; entries may be applied while a scan is underway. */
export interface Answer {
  readonly applied: number;
  readonly result: Uint8Array;
  /** Operations that were run for it, and rows that they read. */
  readonly work: number;
}

export interface MachineRequest {
  readonly client: string;
  readonly role: string;
  readonly first: bigint;
  readonly acknowledged: bigint;
  /** The request's digest: an equal repeat has the same. */
  readonly digest: string;
  readonly commands: readonly Uint8Array[];
}

export interface MachineEntry {
  readonly index: number;
  readonly hash: string;
  readonly timestamp: number;
  readonly requests: readonly MachineRequest[];
}

/** What became of one request. */
export interface Outcome {
  readonly client: string;
  readonly first: bigint;
  readonly digest: string;
  /** Index of the entry that executed it: an earlier one for an equal repeat, 0 if it is void. */
  readonly index: number;
  /**
   * One encoded result for each command; a single encoded error where the request is void (C2). Null for a repeat in
   * an entry that repeats more than memory should hold: nobody is answered now, and who asks again is, by `lookup`.
   */
  readonly results: readonly Uint8Array[] | null;
  /** The session's highest executed acknowledged-up-to afterwards. */
  readonly floor: bigint;
  /** Operations that were run for it, and rows that they read. */
  readonly work: number;
}

export type Lookup =
  | { readonly type: 'new' }
  | {
      readonly type: 'known';
      readonly index: number;
      /** Reads them, from the disk at times; null where a later request took their place meanwhile. */
      readonly results: () => readonly Uint8Array[] | null;
    };
