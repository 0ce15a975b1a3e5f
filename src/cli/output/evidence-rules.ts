/** Why no honest node signs both of two statements, in words for whoever has to decide what to do (protocol.md). */
import type { EvidenceKind } from '../../consensus/model/evidence.ts';

export interface RuleText {
  /** As it is numbered in docs/protocol.md. */
  readonly rule: string;
  readonly text: string;
}

export const RULES: Readonly<Record<EvidenceKind, readonly RuleText[]>> = {
  'append-entries': [
    {
      rule: 'N2',
      text: 'An AppendEntries of the leader says: this is the log up to here. A leader has one log in a term, and sends the same to everybody; voters accept one chain of entries in a term and no other.',
    },
    {
      rule: 'E6',
      text: 'A crash is no excuse: a leader that restarts gives its term up and proposes nothing more in it.',
    },
    {
      rule: 'V1',
      text: 'So two AppendEntries of one term with different entries at one index are evidence, whoever shows them.',
    },
  ],
  'append-entries-response': [
    {
      rule: 'N3',
      text: 'A Response promises what lies on the disk of its voter: the entries up to the position that it accepted, and the position that it prepared. A voter accepts one chain of entries in a term.',
    },
    {
      rule: 'V3',
      text: 'A crash is no excuse: the position is on the disk before the Response is sent. Nor is a change of chains that a certificate asks for: after it a voter never names an index that it named before.',
    },
    {
      rule: 'V1',
      text: 'So two Responses of one term with different entries at one index are evidence, whoever shows them.',
    },
  ],
};

/** What it proves, and what it does not. */
export const MEANING =
  'It proves that the key of this node signed both. Either the node lies, or somebody else has its key, or its data was set back to an older copy and it forgot what it had signed (D1). It does not say which, and it says nothing of any other node.';
export const ADVICE =
  'Stop the node, keep its data directory, and find out which: its key must not be used again.';
