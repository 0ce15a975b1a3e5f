/** Disks that lose or change what was written (D1). */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { DiskAttack, Inside } from '../../attack.ts';
import { Patient, PROMISES } from '../../lab/patient.ts';
import type { Part } from '../../lab/patient.ts';
import { cutJournal, flipBit } from './bits.ts';

/** The last words of a node whose log, or whose state, is not what it wrote. */
const LOG_DAMAGE = /(log is damaged|[/\\]log[/\\ :]).*leave this node stopped/su;
const STATE_DAMAGE = /[/\\]state[/\\ :].*delete its directory 'state', and only that/su;
const BOTH = ['tangaroa', 'raft'] as const;

/** One flipped bit after another, each in a copy of the same files, until the attack is over. */
async function flipAll(inside: Inside, part: Part, sentence: RegExp): Promise<Patient> {
  const patient = new Patient(inside);
  await patient.kill();
  const restore = patient.keep(part);
  do {
    const kind = flipBit(patient.path(part), inside.random);
    await patient.refuses(`a flipped bit in a ${kind} of the ${part}`, sentence);
    restore();
  } while (!inside.stop.aborted);
  return patient;
}

const flippedLog: DiskAttack = {
  name: 'flipped-log',
  group: 'corruption',
  tries: 'flips single bits in the files of a follower’s log, and starts it after each',
  holds:
    'every record, block and link of the log is checked at a start, and a log that is not what was written stops the node (D1); the others are a quorum',
  by: 'disk',
  protocols: BOTH,
  afterwards: 'honest',
  act: async (inside) => {
    const patient = await flipAll(inside, 'log', LOG_DAMAGE);
    await patient.recovers('a start with the log as it was');
  },
};

const flippedState: DiskAttack = {
  name: 'flipped-state',
  group: 'corruption',
  tries: 'flips single bits in the files of a follower’s state, and starts it after each',
  holds:
    'the files of the state are checked at a start, and the state is made again from the log once an operator deletes it (D1)',
  by: 'disk',
  protocols: BOTH,
  afterwards: 'honest',
  act: async (inside) => {
    const patient = await flipAll(inside, 'state', STATE_DAMAGE);
    patient.replace('state', null);
    await patient.recovers('a start without the state');
  },
};

/** Each loss is of more than the last write, which the mark may not count yet when a process is killed (D1). */
const LOSSES: Readonly<Record<string, (patient: Patient) => void>> = {
  'a log that lacks a quarter of a file': (patient) => cutJournal(patient.path('log'), 0.75),
  'a log that lacks half of a file': (patient) => cutJournal(patient.path('log'), 0.5),
  'a log with an empty file': (patient) => cutJournal(patient.path('log'), 0),
  'no log': (patient) => patient.replace('log', null),
  'neither log nor state': (patient) => {
    patient.replace('log', null);
    patient.replace('state', null);
  },
};

const cutLog: DiskAttack = {
  name: 'cut-log',
  group: 'corruption',
  tries: 'cuts the end off a follower’s log, or deletes it, and starts it after each loss',
  holds:
    'the mark beside the log counts the writes that were promised, so a missing end is noticed (D1)',
  by: 'disk',
  protocols: BOTH,
  afterwards: 'honest',
  act: async (inside) => {
    const patient = new Patient(inside);
    await patient.kill();
    const restore = patient.keep(...PROMISES);
    for (const [what, lose] of Object.entries(LOSSES)) {
      lose(patient);
      await patient.refuses(what, LOG_DAMAGE);
      restore();
    }
    await patient.recovers('a start with everything as it was');
  },
};

const partsSetBack: DiskAttack = {
  name: 'parts-set-back',
  group: 'corruption',
  tries: 'puts an old log beside the new mark of a follower, then an old state beside its new log',
  holds:
    'the mark counts more writes than an old log has, and an old state is brought up to date from the log (D1)',
  by: 'disk',
  protocols: BOTH,
  afterwards: 'honest',
  act: async (inside) => {
    const patient = new Patient(inside);
    await patient.kill();
    const oldLog = patient.keep('log');
    const oldState = patient.keep('state');
    // What was written while it was down, at least, is new.
    await patient.wait(0.2);
    await patient.recovers('a start with everything as it was');
    await patient.kill();
    const newLog = patient.keep('log');
    oldLog();
    await patient.refuses('an old log beside a new mark', LOG_DAMAGE);
    newLog();
    oldState();
    await patient.recovers('a start with an old state');
  },
};

const setBack: DiskAttack = {
  name: 'set-back',
  group: 'corruption',
  tries: 'sets the whole directory of a follower back to an old copy: log, state and mark together',
  holds:
    'nothing notices that (D1): the node has forgotten what it promised, is one of the f that may do anything, and quorums without it share an honest voter',
  by: 'disk',
  protocols: BOTH,
  afterwards: 'byzantine',
  act: async (inside) => {
    const patient = new Patient(inside);
    await patient.kill();
    const restore = patient.keep(...PROMISES);
    await patient.wait(0.2);
    await patient.recovers('a start with everything as it was');
    await patient.kill();
    restore();
    await patient.comesBack('a start on an old copy of everything');
  },
};

const forgotten: DiskAttack = {
  name: 'forgotten',
  group: 'corruption',
  tries: 'deletes log, state and mark of a follower, which then starts as if it were new',
  holds:
    'as for a directory that is set back (D1): it is one of the f, and fetches everything again (D3)',
  by: 'disk',
  protocols: BOTH,
  afterwards: 'byzantine',
  act: async (inside) => {
    const patient = new Patient(inside);
    await patient.kill();
    for (const part of PROMISES) patient.replace(part, null);
    await patient.comesBack('a start on nothing');
  },
};

const swapped: DiskAttack = {
  name: 'swapped',
  group: 'corruption',
  tries: 'gives a follower another node’s key, then another cluster’s genesis',
  holds: 'the log names its node and its cluster, and a start compares them (D1, V3)',
  by: 'disk',
  protocols: BOTH,
  afterwards: 'honest',
  act: async (inside) => {
    const { cluster, victim } = inside;
    const patient = new Patient(inside);
    const other = cluster.nodes.find((id) => id !== victim) as string;
    const theirs = (part: Part): string => path.join(cluster.dataDirectory(other), part);
    await patient.kill();
    const restore = patient.keep('genesis.json', 'node.key', ...PROMISES);
    patient.replace('node.key', theirs('node.key'));
    await patient.refuses('the key of another node', /is the key of node .* in its own/su);
    restore();
    const document = JSON.parse(readFileSync(patient.path('genesis.json'), 'utf8')) as object;
    const nonce = 'ab'.repeat(32);
    writeFileSync(patient.path('genesis.json'), JSON.stringify({ ...document, nonce }));
    await patient.refuses('the genesis of another cluster', /belongs to another cluster/u);
    restore();
    await patient.recovers('a start with everything as it was');
  },
};

export const DISKS: readonly DiskAttack[] = [
  flippedLog,
  flippedState,
  cutLog,
  partsSetBack,
  setBack,
  forgotten,
  swapped,
];
