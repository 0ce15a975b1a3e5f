/** The attacker's process: members in its hands, or somebody from outside. Attacks when told to, until told to stop. */
import { readFileSync } from 'node:fs';
import { Random } from '../../../src/base/random.ts';
import type { NodeId } from '../../../src/consensus/model/ids.ts';
import { nativeDigest } from '../../../src/node/native-crypto.ts';
import { readKeyFile } from '../../../src/node/key-files.ts';
import { parseGenesis } from '../../../src/wire/genesis.ts';
import type { Genesis } from '../../../src/wire/genesis.ts';
import type { Outside, OutsiderAttack, RogueReport } from '../attack.ts';
import { attackNamed } from '../catalogue.ts';
import { serveParent } from '../worker.ts';
import { Members } from './members.ts';
import { Notes } from './witness.ts';

export interface Setting {
  readonly attack: string;
  readonly genesisFile: string;
  /** Of the members in the attacker's hands: a data directory each, which holds the key. */
  readonly captured: readonly { readonly id: string; readonly directory: string }[];
  /** The key files of clients that nobody else uses: one may write, one may read. */
  readonly clientKeyFile: string;
  readonly readerKeyFile: string;
  readonly seed: number;
}

export type RogueQuestion =
  | ({ readonly type: 'prepare' } & Setting)
  | { readonly type: 'attack' }
  /** Ends the attack, and asks for what was done. */
  | { readonly type: 'cease' };

/** How long an outsider may take to close what it opened. */
const CLOSE_MS = 10_000;

interface Rogue {
  readonly begin: () => void;
  readonly cease: () => Promise<void>;
}

const notes = new Notes();
let rogue: Rogue | null = null;

async function prepare(setting: Setting): Promise<void> {
  const parsed = parseGenesis(readFileSync(setting.genesisFile, 'utf8'), nativeDigest);
  if (!parsed.ok) throw new Error(`${setting.genesisFile}: ${parsed.reason}`);
  const attack = attackNamed(setting.attack);
  const captured = await Promise.all(
    setting.captured.map(async ({ id, directory }) => {
      const { secretKey } = await readKeyFile(`${directory}/node.key`, 'node');
      return { id: id as NodeId, directory, secretKey };
    }),
  );
  switch (attack.by) {
    case 'leader':
    case 'follower': {
      let isOn = false;
      const { seed } = setting;
      const deps = { genesis: parsed.genesis, notes, isOn: () => isOn, seed };
      const members = new Members(captured, attack, deps);
      await members.start();
      rogue = {
        begin: () => (isOn = true),
        cease: async () => {
          isOn = false;
          members.tell();
          return Promise.resolve();
        },
      };
      return;
    }
    case 'outsider': {
      const memberKeys = new Map(captured.map(({ id, secretKey }) => [id, secretKey]));
      rogue = await outsider(attack, setting, parsed.genesis, memberKeys);
      return;
    }
    case 'disk':
      throw new Error(`${attack.name} needs no rogue`);
  }
}

async function outsider(
  attack: OutsiderAttack,
  { clientKeyFile, readerKeyFile, seed }: Setting,
  genesis: Genesis,
  memberKeys: ReadonlyMap<NodeId, Uint8Array>,
): Promise<Rogue> {
  const stop = new AbortController();
  const { secretKey: clientKey } = await readKeyFile(clientKeyFile, 'client');
  const { secretKey: readerKey } = await readKeyFile(readerKeyFile, 'client');
  let begin = (): void => undefined;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const outside: Outside = {
    genesis,
    protocol: genesis.document.protocol,
    addresses: new Map(genesis.document.voters.map(({ id, address }) => [id, address])),
    clientKey,
    readerKey,
    memberKeys,
    random: new Random(seed),
    begun,
    stop: stop.signal,
    did: (what, times) => notes.did(what, times),
    broke: (promise) => notes.broke(promise),
  };
  const done = attack.lurks === true ? attack.act(outside) : begun.then(() => attack.act(outside));
  // It is asked for at the end; what goes wrong before is told then.
  done.catch(() => undefined);
  return {
    begin,
    cease: async () => {
      stop.abort();
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error('the attack does not end')), CLOSE_MS);
      });
      await Promise.race([done, late]).finally(() => clearTimeout(timer));
    },
  };
}

serveParent(async (question: RogueQuestion): Promise<unknown> => {
  if (question.type === 'prepare') return prepare(question);
  if (rogue === null) throw new Error('nothing was prepared');
  switch (question.type) {
    case 'attack':
      rogue.begin();
      return null;
    case 'cease': {
      await rogue.cease();
      const report: RogueReport = notes.report;
      return report;
    }
  }
});
