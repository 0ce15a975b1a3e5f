/** Why a log cannot be opened or read on (D1). Each says which record, and what an operator can do. */

/** A record is not what this node wrote, or is gone. */
export class DamageError extends Error {
  override readonly name = 'DamageError';
  readonly code = 'damaged-log';
  /** Such as `entry 1234`, `term record`, `commit certificate 512`. */
  readonly record: string;

  constructor(record: string, reason: string) {
    super(
      `the log is damaged: ${record} ${reason}. A node that forgot what it promised is Byzantine (D1): ` +
        `do not repair the log or copy another node's; leave this node stopped, it may only come back under a new key`,
    );
    this.record = record;
  }
}

/** The log, the state and the genesis document are not of one cluster. */
export class GenesisMismatchError extends Error {
  override readonly name = 'GenesisMismatchError';
  readonly code = 'genesis-mismatch';

  constructor(reason: string) {
    super(
      `${reason}. The data directory belongs to another cluster: start the node with the genesis document ` +
        `that the directory was made with, or with another directory`,
    );
  }
}

/** The log keeps the promises of another node than the one whose key is here. */
export class OwnerMismatchError extends Error {
  override readonly name = 'OwnerMismatchError';
  readonly code = 'key-not-of-log';

  constructor(owner: string, opener: string) {
    super(
      `is the key of node '${opener}', but the log beside it was written by ` +
        `${owner === opener ? `a node '${owner}' with another key` : `node '${owner}'`}: a node on another's log ` +
        `contradicts what it signed, as a traitor does. Nothing was changed: put the key that belongs to this ` +
        `directory back, and start each node in its own`,
    );
  }
}

/** E5: the node stopped for good and keeps the proof, where its protocol has one. */
export class HaltedError extends Error {
  override readonly name = 'HaltedError';
  readonly code = 'halted';
  /** Frames of signed messages (`wire/peer.ts`) that prove it to anybody. */
  readonly proof: readonly Uint8Array[];

  constructor(code: string, text: string, proof: readonly Uint8Array[]) {
    super(
      `this node halted (${code}): ${text} It does not start again: people must decide which log is right`,
    );
    this.proof = proof;
  }
}
