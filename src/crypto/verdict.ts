/** What a verifier answers. */
import type { Epoch, NodeId, Term } from '../consensus/model/ids.ts';
import type { Verified } from '../consensus/model/verified.ts';

export type Fault =
  /** A bad signature, quorum, chain or shape: whoever sent it is not honest, its link closes (L2). */
  | { readonly type: 'invalid'; readonly reason: string }
  /** Under the keys of another epoch than the keyring's: no judgement. */
  | { readonly type: 'other-epoch'; readonly epoch: Epoch }
  /** Its signer is not in the configuration: dropped. */
  | { readonly type: 'unknown'; readonly reason: string }
  /** `culprit` signed something that commits to what breaks a rule (N2; S1 `rogue`). Whoever passed it on need not be bad. */
  | {
      readonly type: 'accused';
      readonly culprit: NodeId;
      readonly epoch: Epoch;
      readonly term: Term;
      readonly reason: string;
    };

export type Verdict<T> = { readonly type: 'verified'; readonly value: Verified<T> } | Fault;

export function invalid(reason: string): Fault {
  return { type: 'invalid', reason };
}

export function unknown(reason: string): Fault {
  return { type: 'unknown', reason };
}

/** The one mint of `Verified`: only this room imports it. */
export function verdict<T>(value: T, fault: Fault | null): Verdict<T> {
  return fault ?? { type: 'verified', value: value as Verified<T> };
}

/** The first fault that `check` finds among `items`, or null. */
export function firstFault<T>(items: readonly T[], check: (item: T) => Fault | null): Fault | null {
  for (const item of items) {
    const fault = check(item);
    if (fault !== null) return fault;
  }
  return null;
}
