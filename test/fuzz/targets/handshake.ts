/** The two machines of the handshake (L1), fed frames in any order: only who holds the key comes through. */
import type { HandshakeFrame } from '../../../src/consensus/model/handshake.ts';
import { Acceptor, Initiator } from '../../../src/crypto/handshake.ts';
import type { HandshakeDeps } from '../../../src/crypto/handshake.ts';
import { decodeHandshake, encodeHandshake } from '../../../src/wire/handshake.ts';
import type { Epoch, NodeId } from '../../../src/consensus/model/ids.ts';
import { handshakeFrames } from '../../arbitrary-messages.ts';
import { fakeEd25519 } from '../../fixtures-crypto.ts';
import { groundOf, samples } from '../ground.ts';
import { encodeSteps, decodeSteps } from '../steps.ts';
import type { Step } from '../steps.ts';
import { Broken, classOf, decoderBytes, nothingToClose } from '../target.ts';
import type { Target } from '../target.ts';

const NONCES = { initiator: 'a1'.repeat(32), acceptor: 'b2'.repeat(32) };
const EPOCH = 0 as Epoch;
/** `who` of a step: which machine hears it. */
const ACCEPTOR = 0;
const INITIATOR = 1;

interface Ends {
  readonly acceptor: Acceptor;
  readonly initiator: Initiator;
  /** The signatures that the two made over these nonces: nothing else may bring either through. */
  readonly signed: Set<string>;
}

/** Of the honest handshake: the nonces are always the same, so it may be said again. */
const honestly = new Set<string>();

function makeEnds(): Ends {
  const { genesis, keys } = groundOf('tangaroa');
  const { clusterId, configuration } = genesis;
  const signed = new Set(honestly);
  const keyOf: HandshakeDeps['keyOf'] = (role, id) => {
    const list: readonly { readonly id: string; readonly publicKey: Uint8Array }[] =
      role === 'peer' ? configuration.members : configuration.clients;
    return list.find((each) => each.id === id)?.publicKey ?? null;
  };
  const depsOf = (self: string): HandshakeDeps => ({
    sign: (message) => {
      const signature = keys.sign(message, keys.secretOf(self) ?? new Uint8Array(32));
      signed.add(Buffer.from(signature).toString('hex'));
      return signature;
    },
    verify: (signature, message, key) => fakeEd25519.verify(signature, message, key),
    keyOf,
  });
  const acceptor = new Acceptor(
    { clusterId, self: 'n2' as NodeId, epoch: EPOCH, nonce: NONCES.acceptor },
    depsOf('n2'),
  );
  const initiator = new Initiator(
    {
      clusterId,
      role: 'peer',
      id: 'n1',
      acceptor: 'n2' as NodeId,
      epoch: EPOCH,
      nonce: NONCES.initiator,
    },
    depsOf('n1'),
  );
  return { acceptor, initiator, signed };
}

function checkProof(frame: HandshakeFrame, { signed }: Ends, who: string): void {
  const isProof = frame.kind === 'answer' || frame.kind === 'welcome';
  if (!isProof || !signed.has(Buffer.from(frame.signature).toString('hex')))
    throw new Broken(`${who} came through without a signature of the other end`);
}

/** Null once the machine has come to its end: whoever drives it gives it nothing more. */
function hear(frame: HandshakeFrame, who: number, ends: Ends): string {
  if (who === ACCEPTOR) {
    const step = ends.acceptor.receive(frame);
    if (step.type === 'accepted') checkProof(frame, ends, step.id);
    const { kind } = step.frame;
    const written = decodeHandshake(encodeHandshake(step.frame));
    if (!written.ok) throw new Broken(`answers what nobody reads: ${written.reason}`);
    return step.frame.kind === 'reject' ? `${kind} ${step.frame.code}` : kind;
  }
  const step = ends.initiator.receive(frame);
  if (step.type === 'connected') checkProof(frame, ends, 'n2');
  if (step.type === 'failed' && !/^[ -~]*$/u.test(step.reason) && step.by === 'acceptor')
    throw new Broken("a stranger's words are not cleaned");
  return step.type === 'failed' ? `failed ${step.code}` : step.type;
}

const ENDED = /^(?:reject|failed|connected|welcome)/u;

function run(input: Uint8Array): string {
  const ends = makeEnds();
  const said: string[] = [];
  const over = new Set<number>();
  for (const { who, bytes } of decodeSteps(input).slice(0, 24)) {
    const end = who % 2;
    if (over.has(end)) continue;
    const frame = decodeHandshake(bytes);
    if (!frame.ok) {
      said.push(classOf(frame.reason));
      over.add(end);
      continue;
    }
    const became = hear(frame.value, end, ends);
    said.push(became);
    if (ENDED.test(became)) over.add(end);
  }
  return said.slice(0, 3).join(', ');
}

/** A whole handshake between the two: each hears what the other said. */
function honest(): readonly Step[] {
  const { acceptor, initiator } = makeEnds();
  const steps: Step[] = [];
  const to = (who: number, frame: HandshakeFrame): HandshakeFrame => {
    if ('signature' in frame) honestly.add(Buffer.from(frame.signature).toString('hex'));
    steps.push({ kind: 0, who, bytes: encodeHandshake(frame) });
    return frame;
  };
  const challenge = acceptor.receive(to(ACCEPTOR, initiator.hello));
  const answer = initiator.receive(to(INITIATOR, challenge.frame));
  if (answer.type !== 'answer') throw new Error('the initiator answers');
  const welcome = acceptor.receive(to(ACCEPTOR, answer.frame));
  initiator.receive(to(INITIATOR, welcome.frame));
  return steps;
}

function handshakes(): Target {
  return {
    name: 'handshakes',
    takes: 'Initiator and Acceptor: any frames in any order',
    holds: 'a verdict; nobody comes through but with a signature of the other end over both nonces',
    shape: 'steps',
    seeds: () => {
      const steps = honest();
      const [hello, challenge, answer, welcome] = steps as readonly [Step, Step, Step, Step];
      const strays = Object.values(handshakeFrames).flatMap((each) =>
        samples(each, 2).map((frame) => ({ kind: 0, who: 0, bytes: encodeHandshake(frame) })),
      );
      return [
        steps,
        [answer],
        [welcome],
        [hello, hello],
        [hello, { ...welcome, who: ACCEPTOR }],
        [challenge, { ...answer, who: INITIATOR }],
        [challenge, challenge],
        ...strays.flatMap((stray) => [[stray], [hello, stray], [{ ...stray, who: INITIATOR }]]),
      ].map(encodeSteps);
    },
    mutations: [],
    run,
    keeps: null,
    allocates: decoderBytes,
    testCases: 300,
    close: nothingToClose,
  };
}

export const HANDSHAKE_TARGETS: readonly (() => Target)[] = [handshakes];
