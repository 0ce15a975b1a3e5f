/** The load's own process, so that what it costs is not the lab's: clients of the project's library, kept busy. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { nativeDigest } from '../../../src/node/native-crypto.ts';
import { openClient } from '../../../src/node/client-transport.ts';
import { readKeyFile } from '../../../src/node/key-files.ts';
import { parseGenesis } from '../../../src/wire/genesis.ts';
import { serveParent } from '../worker.ts';
import { LoadClient } from './client.ts';
import type { Phase, PhaseFigures } from './figures.ts';
import { curveOf, figuresOf, PHASES } from './figures.ts';
import type { Ledger } from './ledger.ts';

export interface LoadedClient {
  readonly name: string;
  readonly keyFile: string;
  readonly inFlight: number;
  /** The client that an attacker picks on: its figures are told apart, and not among those of all. */
  readonly isVictim: boolean;
}

export type LoadQuestion =
  | {
      readonly type: 'connect';
      readonly genesisFile: string;
      readonly clients: readonly LoadedClient[];
    }
  | { readonly type: 'begin' }
  /** A phase begins now; the one before ends. */
  | { readonly type: 'phase'; readonly name: Phase }
  | { readonly type: 'end' };

export interface PhaseReport {
  readonly seconds: number;
  /** Of all clients but the victim. */
  readonly all: PhaseFigures;
  readonly victim: PhaseFigures;
}

export interface LoadReport {
  readonly phases: Readonly<Record<Phase, PhaseReport>>;
  /** Operations a second, in steps of `BIN_MS` from the first phase on. */
  readonly curve: readonly number[];
  readonly victimCurve: readonly number[];
  readonly ledgers: readonly Ledger[];
  readonly lastFailure: string;
}

/** How long what is in flight at the end is waited for; what is then not acknowledged counts as such. */
const DRAIN_MS = 10_000;

let clients: readonly LoadClient[] = [];
let victims: readonly LoadClient[] = [];
let running: Promise<unknown> = Promise.resolve();
/** When each phase began. */
const marks: number[] = [];

async function connect({
  genesisFile,
  clients: wanted,
}: Extract<LoadQuestion, { type: 'connect' }>): Promise<void> {
  const parsed = parseGenesis(readFileSync(genesisFile, 'utf8'), nativeDigest);
  if (!parsed.ok) throw new Error(`${genesisFile}: ${parsed.reason}`);
  const { genesis } = parsed;
  const made = await Promise.all(
    wanted.map(async ({ name, keyFile, inFlight, isVictim }) => {
      const { secretKey } = await readKeyFile(keyFile, 'client');
      const client = openClient({ genesis, secretKey, timeoutMs: 60_000 });
      return { client: new LoadClient(name, client, inFlight), isVictim };
    }),
  );
  clients = made.filter(({ isVictim }) => !isVictim).map(({ client }) => client);
  victims = made.filter(({ isVictim }) => isVictim).map(({ client }) => client);
  await Promise.all([...clients, ...victims].map((client) => client.first()));
}

async function end(): Promise<LoadReport> {
  const overMs = performance.now();
  const everybody = [...clients, ...victims];
  for (const client of everybody) client.end();
  await Promise.race([running, sleep(DRAIN_MS, undefined, { ref: false })]);
  const ledgers = everybody.map((client) => client.ledger);
  await Promise.all(everybody.map((client) => client.close()));
  const phase = (name: Phase): PhaseReport => {
    const at = PHASES.indexOf(name);
    const [fromMs, toMs] = [marks[at], marks[at + 1] ?? overMs];
    if (fromMs === undefined) throw new Error(`the phase ${name} never began`);
    const stretch = { fromMs, toMs };
    return {
      seconds: (toMs - fromMs) / 1_000,
      all: figuresOf(clients, stretch),
      victim: figuresOf(victims, stretch),
    };
  };
  const fromMs = marks[0] ?? overMs;
  return {
    phases: { before: phase('before'), during: phase('during'), after: phase('after') },
    curve: curveOf(clients, fromMs, overMs),
    victimCurve: curveOf(victims, fromMs, overMs),
    ledgers,
    lastFailure: everybody.map(({ lastFailure }) => lastFailure).find((text) => text !== '') ?? '',
  };
}

serveParent(async (question: LoadQuestion): Promise<unknown> => {
  switch (question.type) {
    case 'connect':
      return connect(question);
    case 'begin':
      running = Promise.all([...clients, ...victims].map((client) => client.run()));
      return null;
    case 'phase':
      marks[PHASES.indexOf(question.name)] = performance.now();
      return null;
    case 'end':
      return end();
  }
});
