/** Messages that say what happened to an operation and what to do about it. */
import type { RefusalCode } from '../consensus/model/message.ts';
import { refusedHere } from './check-command.ts';
import { describeMissing, TangaroaError } from './errors.ts';
import type { ErrorOutcome } from './errors.ts';
import type { Links } from './links.ts';
import type { GiveUp } from './patience.ts';

/** What is known when a caller gave up. */
export interface Situation {
  readonly links: Links;
  /** Whether it was ever sent. A read is never applied, so it counts as not sent. */
  readonly sent: boolean;
  readonly overloaded: boolean;
  readonly sessionFault: 'too-old' | 'sequence-reused' | null;
}

const AFTERWARDS: Readonly<Record<ErrorOutcome, string>> = {
  applied: 'It was applied.',
  'not-applied': 'Nothing was applied; it is safe to try again.',
  unknown: 'It was sent, so it may have been applied: read before you try again.',
};

export function gaveUp(why: GiveUp, situation: Situation): TangaroaError {
  const outcome = situation.sent ? 'unknown' : 'not-applied';
  const after = AFTERWARDS[outcome];
  if (why.type === 'aborted')
    return new TangaroaError('aborted', `aborted. ${after}`, {
      outcome,
      retryable: true,
      cause: why.reason,
    });

  const { links } = situation;
  const fault = links.permanentFault();
  if (fault !== null)
    return new TangaroaError(fault.code, fault.message, {
      outcome,
      retryable: false,
      missing: fault.missing,
    });
  const missing = links.missing();
  const within = `within ${why.afterMs} ms`;
  if (!links.hasQuorum())
    return new TangaroaError(
      'no-quorum',
      `no quorum ${within}: ${missing.length} of ${links.nodes.length} nodes do not serve: ` +
        `${describeMissing(missing)}. Start them, or wait for them with a longer timeout. ${after}`,
      { outcome, retryable: true, missing },
    );
  if (situation.overloaded)
    return new TangaroaError(
      'overloaded',
      `the nodes had no room ${within}: send less at once, or wait longer. ${after}`,
      { outcome, retryable: true },
    );
  if (situation.sessionFault !== null) return voided(situation.sessionFault, outcome);
  return new TangaroaError(
    'timeout',
    `no answer of enough nodes ${within}, though a quorum is linked: \`tangaroa status\` shows whether they ` +
      `agree on a leader. ${after}`,
    { outcome, retryable: true, missing },
  );
}

/** C2: the session's verdict on a whole request. */
export function voided(
  verdict: 'too-old' | 'sequence-reused',
  outcome: ErrorOutcome = verdict === 'too-old' ? 'unknown' : 'not-applied',
): TangaroaError {
  const what =
    verdict === 'too-old'
      ? 'the session has moved past this request (too old)'
      : 'another request used the same sequence number';
  return new TangaroaError(
    verdict,
    `${what}: another process uses the same client key. Give each process a key of its own. ${AFTERWARDS[outcome]}`,
    { outcome, retryable: false },
  );
}

/** f+1 nodes, so an honest one, will never order it. */
export function refusedForGood(
  code: Exclude<RefusalCode, 'overloaded' | 'stopping'>,
  detail: string,
): TangaroaError {
  const said = `the nodes say: ${JSON.stringify(detail.slice(0, 300))}. Nothing was applied.`;
  const options = { outcome: 'not-applied', retryable: false } as const;
  switch (code) {
    case 'forbidden':
      return new TangaroaError(
        'forbidden',
        `this client's role does not allow it; ${said}`,
        options,
      );
    case 'unknown-client':
      return new TangaroaError(
        'unknown-client',
        `the nodes do not list this client; ${said}`,
        options,
      );
    case 'too-large':
      return new TangaroaError('value-too-large', `the request is too large; ${said}`, options);
    case 'invalid-request':
      return new TangaroaError(
        'incompatible',
        `the nodes cannot use what this client sends: use one version of tangaroa everywhere; ${said}`,
        options,
      );
  }
}

export function incompatible(outcome: ErrorOutcome): TangaroaError {
  return new TangaroaError(
    'incompatible',
    `the nodes agree on an answer that this client cannot read: use one version of tangaroa everywhere. ` +
      AFTERWARDS[outcome],
    { outcome, retryable: false },
  );
}

export function queueFull(waiting: number): TangaroaError {
  return new TangaroaError(
    'overloaded',
    `${waiting} operations wait in this client already: await some before asking for more. Nothing was applied.`,
    { outcome: 'not-applied', retryable: true },
  );
}

/** It would never fit, however long its caller waits. */
export function aboveQueue(bytes: number, bytesMax: number): TangaroaError {
  return refusedHere(
    'value-too-large',
    `a command has ${bytes} bytes where the queue of this client holds at most ${bytesMax} (queueBytesMax)`,
  );
}

export function closedError(outcome: 'not-applied' | 'unknown'): TangaroaError {
  return new TangaroaError('closed', `the client was closed. ${AFTERWARDS[outcome]}`, {
    outcome,
    retryable: false,
  });
}
