/** The client library among four nodes of which one says anything: it believes f+1, so it is never misled. */
import { equalBytes, utf8 } from '../../../src/base/bytes.ts';
import { Random } from '../../../src/base/random.ts';
import type { TangaroaClient } from '../../../src/client/client.ts';
import { TangaroaError } from '../../../src/client/errors.ts';
import { nativeDigest } from '../../../src/node/native-crypto.ts';
import { encodeNodeToClientMessage } from '../../../src/wire/client.ts';
import { nodeToClientMessages } from '../../arbitrary-messages.ts';
import { FakeCluster } from '../../client/fake-cluster.ts';
import type { FakeNode } from '../../client/fake-node.ts';
import { fakeEd25519, testSecretKey } from '../../fixtures-crypto.ts';
import { samples } from '../ground.ts';
import { BYTE_MUTATIONS } from '../mutate.ts';
import { resealFrame } from '../reseal.ts';
import type { Keys } from '../reseal.ts';
import { decodeSteps, encodeSteps } from '../steps.ts';
import type { Step } from '../steps.ts';
import { Broken, classOf, nothingToClose } from '../target.ts';
import type { Target, Verdict } from '../target.ts';

/**
 * Kinds of steps: a frame of the liar as it is, or under its true digest and signature; from now on `who` of 256 of its
 * answers are changed; the client asks for something, `who` says what.
 */
const KIND = { frame: 0, signed: 1, change: 2, ask: 3 } as const;
const KINDS = 4;
const LIAR = 4;
const STEPS = 40;
const TIMEOUT = { timeoutMs: 20_000 };

class Stage {
  readonly cluster = new FakeCluster();
  readonly client: TangaroaClient = this.cluster.client();
  readonly #liar: FakeNode = this.cluster.node(LIAR);
  readonly #random: Random;
  readonly #keys: Keys;
  readonly #say: (frame: Uint8Array) => void;
  readonly #said: Uint8Array[] = [];
  #share = 0;
  #puts = 0;
  #value: Uint8Array | null = null;

  constructor(seed: number) {
    this.#random = new Random(seed);
    const { clusterId } = this.cluster.genesis;
    this.#keys = {
      clusterId,
      digest: nativeDigest,
      sign: (message, secret) => fakeEd25519.sign(message, secret),
      secretOf: (signer) => (signer === this.#liar.id ? testSecretKey(LIAR - 1) : null),
    };
    this.#say = this.#liar.sayBytes.bind(this.#liar);
    this.#liar.sayBytes = (frame) => this.#say(this.#meddle(frame));
  }

  #meddle(frame: Uint8Array): Uint8Array {
    const random = this.#random;
    this.#said.push(frame);
    if (random.below(256) >= this.#share) return frame;
    const other = (): Uint8Array => random.pick(this.#said);
    const changed = random.pick(BYTE_MUTATIONS)(frame, random, other) ?? other();
    return random.chance(3, 4) ? resealFrame(changed, this.#keys) : changed;
  }

  async take({ kind, who, bytes }: Step): Promise<string> {
    switch (kind % KINDS) {
      case KIND.frame:
        this.#say(bytes);
        return '';
      case KIND.signed:
        this.#say(resealFrame(bytes, this.#keys));
        return '';
      case KIND.change:
        this.#share = who;
        return '';
      default:
        return this.#ask(who);
    }
  }

  async #ask(what: number): Promise<string> {
    const { clock } = this.cluster;
    const { client } = this;
    try {
      switch (what % 5) {
        case 0:
          await this.put();
          return 'put';
        case 1:
          await this.get();
          return 'get';
        case 2:
          // One node's word, which may be the liar's.
          await clock.until(client.get('key', { consistency: 'local', ...TIMEOUT }));
          return 'local';
        case 3:
          return `${(await clock.until(client.statusAll(TIMEOUT))).filter(({ ok }) => ok).length} of 4`;
        default:
          return `${(await clock.until(client.evidence(TIMEOUT))).proven.length} proven`;
      }
    } catch (error) {
      if (!(error instanceof TangaroaError)) throw error;
      if (what % 5 < 2) throw new Broken(`three honest nodes, and yet: ${error.message}`);
      return classOf(error.message);
    }
  }

  async put(): Promise<void> {
    const value = utf8(`value ${++this.#puts}`);
    const { clock, machine } = this.cluster;
    const answer = await clock.until(this.client.put('key', value, TIMEOUT));
    if (!answer.verified || answer.index > BigInt(machine.index))
      throw new Broken('believes a write that nobody did');
    this.#value = value;
  }

  async get(): Promise<void> {
    const answer = await this.cluster.clock.until(this.client.get('key', TIMEOUT));
    const { value } = answer;
    const isTrue =
      this.#value === null
        ? value === null
        : value instanceof Uint8Array && equalBytes(value, this.#value);
    if (!isTrue || !answer.verified) throw new Broken('believes a value that nobody wrote');
  }

  get linked(): boolean {
    return this.#liar.links > 0;
  }
}

async function run(input: Uint8Array): Promise<Verdict> {
  const steps = decodeSteps(input).slice(0, STEPS);
  const stage = new Stage(steps.reduce((sum, { who, bytes }) => sum + who + bytes.length, 0));
  await stage.put();
  const said = new Set<string>();
  for (const step of steps) said.add(await stage.take(step));
  await stage.put();
  await stage.get();
  await stage.cluster.clock.until(stage.client.close());
  said.delete('');
  return `${stage.linked ? 'linked' : 'closed'}: ${[...said].sort().join(', ').slice(0, 100)}`;
}

const nothing = new Uint8Array(0);

function clientLibrary(): Target {
  const ask = (who: number): Step => ({ kind: KIND.ask, who, bytes: nothing });
  const all = [0, 1, 2, 3, 4].map(ask);
  return {
    name: 'client',
    takes: 'the client library: what one node of four answers, changed and signed',
    holds:
      'what f+1 say is believed and nothing else; every question ends; three honest nodes are enough',
    shape: 'steps',
    seeds: () => {
      const shares = [30, 128, 255].map((who) => [
        { kind: KIND.change, who, bytes: nothing },
        ...all,
      ]);
      const frames = Object.values(nodeToClientMessages).flatMap((each) =>
        samples(each, 3).map(encodeNodeToClientMessage),
      );
      const strays = frames.flatMap((bytes, who): readonly Step[] => [
        { kind: KIND.frame, who, bytes },
        { kind: KIND.signed, who, bytes },
        ask(who),
      ]);
      return [all, ...shares, strays].map(encodeSteps);
    },
    mutations: [],
    run,
    keeps: null,
    allocates: null,
    testCases: 15,
    close: nothingToClose,
  };
}

export const CLIENT_TARGETS: readonly (() => Target)[] = [clientLibrary];
