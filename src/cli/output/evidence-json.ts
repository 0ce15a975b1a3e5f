/** Evidence as JSON for programs. 64-bit numbers are strings. */
import { toHex } from '../../base/bytes.ts';
import type { HeldEvidence, UnprovenEvidence } from '../../client/evidence.ts';
import type { ProvenEvidence } from '../../client/evidence-proof.ts';
import type { Header } from '../../consensus/model/entry.ts';
import type { Testimony } from '../../consensus/model/message.ts';
import type { Position } from '../../consensus/model/position.ts';
import type { EvidenceView, Suspicion } from '../cluster/evidence-view.ts';
import { RULES } from './evidence-rules.ts';

type Json = Readonly<Record<string, unknown>>;

function summaryJson({ id, culprit, epoch, term, kind, index, hashes }: ProvenEvidence): Json {
  const numbers = { epoch: String(epoch), term: String(term), kind, index: String(index) };
  return { id, culprit, ...numbers, hashes };
}

/** One piece as `list` and `watch` show it. */
export function heldJson(evidence: HeldEvidence): Json {
  return { ...summaryJson(evidence), heldBy: evidence.heldBy };
}

export function unprovenJson({ node, id, reason }: UnprovenEvidence): Json {
  return { node, id, reason };
}

function suspicionJson(suspicion: Suspicion): Json {
  switch (suspicion.type) {
    case 'wants-term':
      return { ...suspicion, wanted: String(suspicion.wanted) };
    case 'lags':
      return { ...suspicion, entries: String(suspicion.entries) };
    case 'silent':
    case 'unreachable':
      return { ...suspicion };
  }
}

export function listJson(view: EvidenceView): Json {
  return {
    signs: view.signs,
    evidence: view.proven.map(heldJson),
    unproven: view.unproven.map(unprovenJson),
    suspicions: view.suspicions.map(suspicionJson),
    diverged: view.diverged,
    nodes: view.nodes,
    answering: view.answering,
  };
}

function positionJson({ index, hash }: Position): Json {
  return { index: String(index), hash };
}

function headerJson({ index, epoch, term, timestamp, ...rest }: Header): Json {
  const numbers = { index: String(index), epoch: String(epoch), term: String(term) };
  return { ...numbers, ...rest, timestamp };
}

function testimonyJson({ signed, headers }: Testimony): Json {
  const { statement, signature, signer } = signed;
  const named =
    statement.kind === 'append-entries'
      ? {
          previous: positionJson(statement.previous),
          head: positionJson(statement.head),
          sequence: String(statement.sequence),
        }
      : {
          accepted: positionJson(statement.accepted),
          prepared: positionJson(statement.prepared),
        };
  return { signer, ...named, signature: toHex(signature), headers: headers.map(headerJson) };
}

/** All that a piece says, and which rules forbid it. */
export function evidenceJson(evidence: ProvenEvidence, heldBy: readonly string[] | null): Json {
  const { body, kind } = evidence;
  return {
    ...summaryJson(evidence),
    ...(heldBy === null ? {} : { heldBy }),
    rules: RULES[kind].map(({ rule }) => rule),
    statements: [testimonyJson(body.first), testimonyJson(body.second)],
  };
}
