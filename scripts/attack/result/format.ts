/** What a run of the lab leaves: all that the table and the page are made of. docs/attacks.md tells it to others. */
import { readFileSync } from 'node:fs';
import { PROTOCOL_NAMES } from '../../../src/wire/protocol.ts';
import { ATTACKERS, GROUPS } from '../attack.ts';
import type { Shaped } from './shape.ts';
import { added, flag, list, nullable, number, object, oneOf, record, text } from './shape.ts';

/** Its number grows when a field goes or changes its meaning, not when one comes. */
const FORMAT = 'tangaroa-attack 1';

export const VERDICTS = ['held', 'broken', 'fell', 'failed'] as const;

const MACHINE = object({
  cpu: text,
  cores: number,
  memoryGib: number,
  system: text,
  node: text,
  commit: text,
  date: text,
  loadAtStart: number,
});

const OPTIONS = object({
  name: text,
  protocol: oneOf(...PROTOCOL_NAMES),
  nodes: number,
  rogues: number,
  seconds: number,
  rounds: number,
  minutes: nullable(number),
  inFlight: number,
  clients: number,
  seed: number,
});

const ATTACK = object({
  name: text,
  group: oneOf(...GROUPS),
  by: oneOf(...ATTACKERS),
  tries: text,
  holds: text,
});

const FIGURES = object({
  acknowledged: number,
  perSecond: number,
  p50Ms: nullable(number),
  p99Ms: nullable(number),
  failed: number,
  lies: number,
  gapMs: number,
});

const PHASE = object({ seconds: number, all: FIGURES, victim: FIGURES });

const HONEST = object({
  node: text,
  view: nullable(
    object({
      role: text,
      term: number,
      applied: number,
      stateDigest: text,
      culprits: list(text),
      evidence: list(object({ id: text, culprit: text })),
      suspicions: list(object({ voter: text, wanted: number, reason: text })),
    }),
  ),
});

const AUDIT = object({
  node: text,
  found: number,
  lost: number,
  changed: number,
  foreign: number,
  examples: list(text),
});

const ROUND = object({
  seed: number,
  phases: object({ before: PHASE, during: PHASE, after: PHASE }),
  stepMs: number,
  curve: list(number),
  victimCurve: list(number),
  lastFailure: text,
  taken: number,
  displaced: number,
  peakBytes: nullable(number),
  electionTimeoutMs: number,
  cores: object({
    all: number,
    idle: nullable(number),
    idleDuring: added(number),
    rogue: nullable(number),
  }),
  rogueIds: list(text),
  rogue: object({ did: record(number), broke: list(text), said: list(text) }),
  tookPlace: flag,
  honest: list(HONEST),
  audits: list(AUDIT),
  fallen: list(text),
  broken: list(text),
});

/** Of a round that could not be played to its end. */
const FAILURE = object({ seed: number, message: text });

/** Medians of the rounds. */
const MEDIANS = object({
  before: number,
  during: number,
  after: number,
  taken: number,
  displaced: number,
  p99BeforeMs: nullable(number),
  p99DuringMs: nullable(number),
  gapMs: number,
  peakBytes: nullable(number),
});

const RESULT = object({
  attack: ATTACK,
  rogues: number,
  isPromised: flag,
  verdict: oneOf(...VERDICTS),
  reasons: list(text),
  medians: nullable(MEDIANS),
  evidence: list(object({ culprit: text, holders: number, honest: number, pieces: number })),
  rounds: list(ROUND),
  failures: list(FAILURE),
});

const REPORT = object({
  format: oneOf(FORMAT),
  machine: MACHINE,
  loadAtEnd: number,
  ended: text,
  options: OPTIONS,
  notes: list(text),
  results: list(RESULT),
});

export type Report = Shaped<typeof REPORT>;
export type Result = Shaped<typeof RESULT>;
export type RoundResult = Shaped<typeof ROUND>;
export type Failure = Shaped<typeof FAILURE>;
export type Medians = Shaped<typeof MEDIANS>;
export type RunOptions = Shaped<typeof OPTIONS>;
export type Verdict = (typeof VERDICTS)[number];

export function makeReport(report: Omit<Report, 'format'>): Report {
  return { format: FORMAT, ...report };
}

/** One line. */
export function writeReport(report: Report): string {
  return `${JSON.stringify(REPORT.read(report, ''))}\n`;
}

/** @throws RangeError that says why it is none */
export function parseReport(source: string): Report {
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RangeError(`it is no JSON (${reason.replaceAll(/\s+/gu, ' ')})`);
  }
  return REPORT.read(value, '');
}

/** @throws RangeError with the file's name */
export function readReport(file: string): Report {
  try {
    return parseReport(read(file));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RangeError(`${file} is not what --json wrote (${FORMAT}): ${reason}`);
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new RangeError(`it cannot be read (${code})`);
  }
}
