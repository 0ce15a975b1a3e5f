/** A stolen client's key, and raw links under it: proven, and then free to say anything. */
import { randomBytes } from 'node:crypto';
import { toHex } from '../../../src/base/bytes.ts';
import { makeIdentity } from '../../../src/client/identity.ts';
import type { Identity } from '../../../src/client/identity.ts';
import type { Epoch } from '../../../src/consensus/model/ids.ts';
import type { Ed25519 } from '../../../src/crypto/ed25519.ts';
import type { Command } from '../../../src/machine/command.ts';
import { encodeCommand } from '../../../src/machine/command.ts';
import { limits } from '../../../src/base/limits.ts';
import { nativeDigest, nodeEd25519 } from '../../../src/node/native-crypto.ts';
import { decodeNodeToClientMessage } from '../../../src/wire/client.ts';
import type { Outside } from '../attack.ts';
import { rest } from './flood.ts';
import type { Target } from './link-knock.ts';
import { fateOf, introduce, penOf } from './link-proof.ts';
import type { Claim, Pen } from './link-proof.ts';
import { RawLink } from './link.ts';

const ANSWERS_MS = 1_000;
const POLL_MS = 10;

export class Mallory {
  readonly identity: Identity;
  readonly claim: Claim;
  readonly #outside: Outside;
  #next = 1n;

  /** `pen`: signs what it says, once its links are proven. */
  constructor(outside: Outside, pen: Pen = penOf(outside.clientKey)) {
    const { genesis, clientKey } = outside;
    const ed25519: Ed25519 = { ...nodeEd25519(), sign: pen };
    const deps = { digest: nativeDigest, ed25519 };
    this.#outside = outside;
    this.identity = makeIdentity({ genesis, secretKey: clientKey }, deps);
    this.claim = {
      clusterId: genesis.clusterId,
      role: 'client',
      id: this.identity.client.id,
      epoch: 0 as Epoch,
      pen: penOf(clientKey),
    };
  }

  /** A proven link; null where it was turned away, which is told. */
  async link({ address }: Target): Promise<RawLink | null> {
    const link = await RawLink.dial(address);
    if (link === null) return null;
    const outcome = await introduce(link, this.claim);
    if (outcome.type === 'welcomed') return link;
    this.#outside.did(`a stolen key was turned away: ${fateOf(outcome)}`);
    await link.close();
    return null;
  }

  read(query: Uint8Array): Uint8Array {
    return this.identity.read(toHex(new Uint8Array(randomBytes(16))), query);
  }

  /**
   * One window of requests (C2), `each` command in one of its own, to all links at once, though one would do; resolves
   * when as many were answered as were sent, or nothing was for a while.
   */
  async window(
    links: readonly RawLink[],
    count: number,
    each: (number: bigint) => readonly Command[],
  ): Promise<void> {
    const { stop, did, genesis } = this.#outside;
    const ctx = { clusterId: genesis.clusterId, digest: nativeDigest };
    const open = new Set<bigint>();
    const acknowledged = this.#next - 1n;
    const frames: Uint8Array[] = [];
    while (frames.length < count) {
      const commands = each(this.#next).map(encodeCommand);
      const last = this.#next + BigInt(commands.length) - 1n;
      if (last > acknowledged + BigInt(limits.sessionWindow)) break;
      frames.push(this.identity.request(this.#next, acknowledged, commands).frame);
      open.add(this.#next);
      this.#next = last + 1n;
    }
    let heardMs = performance.now();
    for (const link of links) {
      link.listen((frame) => {
        const decoded = decodeNodeToClientMessage(frame, ctx);
        if (!decoded.ok) return;
        heardMs = performance.now();
        const { value } = decoded;
        if (value.kind === 'client-reply') open.delete(value.signed.statement.first);
        else if (value.kind === 'refusal') did(`refused: ${value.body.code}`);
      });
      for (const frame of frames) link.send(frame);
    }
    did('requests sent', frames.length * links.length);
    while (open.size > 0 && !stop.aborted && performance.now() - heardMs < ANSWERS_MS)
      await rest(stop, POLL_MS);
  }
}
