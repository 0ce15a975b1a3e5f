/** Tangaroa as the simulator runs it: keys, traitors and checkers of its own. */
import { limits } from '../../src/base/limits.ts';
import type { ClientId, NodeId, Signature } from '../../src/consensus/model/ids.ts';
import type { CoreStatus } from '../../src/consensus/core.ts';
import type { PeerMessage } from '../../src/consensus/model/message.ts';
import { blockingSize, quorumSize } from '../../src/consensus/model/quorum.ts';
import type { RequestStatement } from '../../src/consensus/model/request.ts';
import type { ReadStatement, Signed } from '../../src/consensus/model/statement.ts';
import { coreOf, startState } from '../../src/consensus/tangaroa/core.ts';
import type { State } from '../../src/consensus/tangaroa/state.ts';
import { Keyring } from '../../src/crypto/keyring.ts';
import type { Signer } from '../../src/crypto/sign.ts';
import { makeClientSigner, makeSigner } from '../../src/crypto/sign.ts';
import type { Verifier } from '../../src/crypto/verify.ts';
import { makeVerifier } from '../../src/crypto/verify.ts';
import { everyone } from '../../src/host/audience.ts';
import { Host } from '../../src/host/host.ts';
import { tangaroaWire } from '../../src/host/tangaroa.ts';
import { nativeDigest as digest } from '../../src/node/native-crypto.ts';
import { encodeBody } from '../../src/wire/body.ts';
import { encodeResults } from '../../src/wire/client.ts';
import { encodeContent } from '../../src/wire/payload.ts';
import { fakeEd25519 } from '../fixtures-crypto.ts';
import { Conspiracy } from './adversary/conspiracy.ts';
import { Certificates } from './checkers/certificates.ts';
import type { Checker } from './checkers/checker.ts';
import { Checkers } from './checkers/checkers.ts';
import { Clocks } from './checkers/clocks.ts';
import { Convictions } from './checkers/convictions.ts';
import { Equivocation } from './checkers/equivocation.ts';
import { Memory } from './checkers/memory.ts';
import { tangaroaBounds } from './checkers/memory-bounds.ts';
import { Promises } from './checkers/promises.ts';
import { Survival } from './checkers/survival.ts';
import { Terms } from './checkers/terms.ts';
import { tangaroaBoundMs } from './liveness.ts';
import type { Grounds, Process, Running, SimProtocol } from './protocol.ts';
import { watchCore } from './watch.ts';

export class SimTangaroa implements SimProtocol {
  readonly conspiracy: Conspiracy;
  readonly checkers: Checkers<PeerMessage, State>;
  readonly believed: number;
  readonly #grounds: Grounds;

  constructor(grounds: Grounds) {
    const { nodeIds: voters } = grounds;
    this.#grounds = grounds;
    this.believed = blockingSize(voters.length);
    this.conspiracy = new Conspiracy(grounds, (node) => this.#makeSigner(node));
    const isHonest = (node: NodeId): boolean => !this.conspiracy.ids.has(node);
    this.checkers = new Checkers(this.#ownCheckers(isHonest));
  }

  #ownCheckers(isHonest: (node: NodeId) => boolean): readonly Checker<PeerMessage, State>[] {
    const { genesis, nodeIds: voters } = this.#grounds;
    const { clients, parameters } = genesis.configuration;
    return [
      new Certificates(this.makeVerifier()),
      new Convictions(isHonest),
      new Equivocation({ voters }),
      new Memory(
        tangaroaBounds({
          voters: voters.length,
          clients: clients.length,
          capacityBytes: parameters.capacityBytes,
        }),
      ),
      new Survival({
        voters,
        traitors: this.conspiracy.ids.size,
        quorum: quorumSize(voters.length),
      }),
      new Clocks(parameters),
      new Promises(isHonest),
      new Terms({ voters: voters.length }),
    ];
  }

  run({ options, place, recovered, watch, ...deps }: Process): Running {
    const { context, clock } = deps;
    const eagerEntries = this.#grounds.plan.batchesWait ? limits.eagerEntries : limits.window;
    const verifier = this.makeVerifier();
    const signer = this.#makeSigner(options.self, (signed) => verifier.remember(signed));
    const state = startState(
      { ...options, eagerEntries },
      { digest, encodeContent, ...signer },
      recovered,
      clock.now(),
    );
    const checkers = watch.isWatched ? this.checkers : null;
    const honest = watchCore(coreOf(state), watch, checkers);
    const possession = this.conspiracy.possessionOf(place);
    const host = new Host<PeerMessage>(options, {
      ...deps,
      core: possession?.wrapCore(honest) ?? honest,
      links: possession?.wrapLinks(deps.links) ?? deps.links,
      wire: tangaroaWire({ context, verifier, signer }),
      verifier,
      signer,
      audience: everyone,
    });
    return {
      host,
      look: (status) => checkers?.looked(options.self, status, state),
      ended: () => possession?.ended(),
    };
  }

  #makeSigner(node: NodeId, onSigned: (signed: Signed) => void = () => undefined): Signer {
    const { clusterId } = this.#grounds.genesis;
    const secretKey = this.#grounds.secretOf(node);
    return makeSigner(
      { self: node, secretKey, clusterId, digest },
      { ed25519: fakeEd25519, encodeBody, onSigned },
    );
  }

  makeVerifier(): Verifier {
    const { configuration, entry, clusterId } = this.#grounds.genesis;
    const keyring = new Keyring({ configuration, genesis: entry });
    return makeVerifier(
      { keyring, clusterId, digest },
      { ed25519: fakeEd25519, encodeBody, encodeResults },
    );
  }

  makeClientSigner(self: ClientId): (statement: RequestStatement | ReadStatement) => Signature {
    const { clusterId } = this.#grounds.genesis;
    const secretKey = this.#grounds.clientSecret(self);
    return makeClientSigner({ self, secretKey, clusterId }, { ed25519: fakeEd25519 });
  }

  livenessBoundMs(honest: readonly CoreStatus[]): number {
    const lowestBackoff = Math.min(...honest.map(({ backoff }) => backoff));
    const { parameters } = this.#grounds.genesis.configuration;
    return tangaroaBoundMs(parameters, this.#grounds.nodeIds.length, lowestBackoff);
  }
}
