/**
 * From plain Raft to the whole protocol, one mechanism at a time, by composition of the project's own parts: each rung
 * is a way to put a node together (`Composition`) and a way for clients to believe it (`MakeTrust`). All have four
 * nodes, where a majority and a quorum are both three.
 */
import { randomBytes } from 'node:crypto';
import { Random } from '../../dist/base/random.js';
import { createRaft } from '../../dist/consensus/raft/core.js';
import { Keyring } from '../../dist/crypto/keyring.js';
import { makeUnsigned, UnsignedChecks } from '../../dist/crypto/unsigned.js';
import { makeVerifier, Verifier } from '../../dist/crypto/verify.js';
import { raftTrust, tangaroaTrust } from '../../dist/client/trust.js';
import { WhoeverAsked } from '../../dist/host/audience.js';
import { Host } from '../../dist/host/host.js';
import { raftWire } from '../../dist/host/raft.js';
import { nativeDigest } from '../../dist/node/native-crypto.js';
import { compose, composeTangaroa } from '../../dist/node/protocols.js';
import { encodeBody } from '../../dist/wire/body.js';
import { encodeResults } from '../../dist/wire/client.js';
import { encodeContent } from '../../dist/wire/payload.js';
import { namingOf } from '../../dist/wire/protocol.js';
import { requestsChecked, signedWire } from './signed-wire.mjs';

/** @typedef {import('../../src/node/protocols.ts').Composition} Composition */
/** @typedef {import('../../src/node/data-directory.ts').DataDirectory} DataDirectory */
/** @typedef {import('../../src/crypto/ed25519.ts').Ed25519} Ed25519 */
/** @typedef {import('../../src/client/trust.ts').MakeTrust} MakeTrust */
/** @typedef {import('../../src/host/protocol.ts').PeerWire<import('../../src/consensus/raft/message.ts').RaftMessage>} RaftWire */

/**
 * @typedef {object} Rung
 * @property {string} id what is passed to `node.mjs` and to the load
 * @property {string} name for tables: what this rung adds to the one before
 * @property {'raft' | 'tangaroa'} genesis which genesis `init` makes for it: it says how entries are named
 * @property {(data: DataDirectory, ed25519: Ed25519) => Composition} compose
 * @property {MakeTrust} makeTrust
 */

const digest = nativeDigest;

/** @param {DataDirectory} data */
function keyringOf({ genesis }) {
  return new Keyring({ configuration: genesis.configuration, genesis: genesis.entry });
}

/** @param {DataDirectory} data @param {Ed25519} ed25519 */
function verifierOf(data, ed25519) {
  const { clusterId } = data.genesis;
  return makeVerifier(
    { keyring: keyringOf(data), clusterId, digest },
    { ed25519, encodeBody, encodeResults },
  );
}

/** @param {DataDirectory} data */
function unsignedVerifier(data) {
  const checks = new UnsignedChecks({ keyring: keyringOf(data), digest });
  return new Verifier(checks, { encodeBody, encodeResults });
}

/**
 * Raft's core over hash-chained entries, with what the row adds to it.
 *
 * @param {object} how
 * @param {(wire: RaftWire, data: DataDirectory, ed25519: Ed25519) => RaftWire} [how.wrap]
 * @param {(data: DataDirectory, ed25519: Ed25519) => Verifier} [how.verifier] of clients' requests
 * @param {'leader' | 'all'} [how.responses]
 * @returns {Rung['compose']}
 */
function chainedRaft({ wrap = (wire) => wire, verifier = unsignedVerifier, responses = 'leader' }) {
  return (data, ed25519) => {
    const naming = namingOf('tangaroa', digest);
    const random = new Random(randomBytes(4).readUInt32LE());
    return {
      naming,
      makeHost: (options, { recovered, ...deps }) =>
        new Host(options, {
          ...deps,
          core: createRaft(
            { ...options, responses },
            { naming, encodeContent, random },
            recovered,
            deps.clock.now(),
          ),
          wire: wrap(raftWire(deps), data, ed25519),
          verifier: verifier(data, ed25519),
          signer: makeUnsigned({ self: data.self, digest }, { encodeBody }),
          audience: new WhoeverAsked(),
        }),
    };
  };
}

/** @type {(wire: RaftWire, data: DataDirectory, ed25519: Ed25519) => RaftWire} */
const signed = (wire, data, ed25519) => signedWire(wire, data, { ed25519, digest });

/** @type {(wire: RaftWire, data: DataDirectory, ed25519: Ed25519) => RaftWire} */
const signedAndChecked = (wire, data, ed25519) =>
  requestsChecked(signed(wire, data, ed25519), verifierOf(data, ed25519));

/** The whole core, but a client hears of its request from the node that it asked, unsigned. @type {Rung['compose']} */
const tangaroaOneReply = (data, ed25519) =>
  composeTangaroa(data, ed25519, (honest) => ({
    ...honest,
    signer: makeUnsigned({ self: data.self, digest }, { encodeBody }),
    audience: new WhoeverAsked(),
  }));

/** Signs what it asks for and believes the first answer. @type {MakeTrust} */
const signsOnly = (options, deps) => ({
  ...raftTrust(options, deps),
  sign: tangaroaTrust(options, deps).sign,
});

/** @type {readonly Rung[]} */
export const RUNGS = [
  { id: 'raft', name: 'plain Raft', genesis: 'raft', compose, makeTrust: raftTrust },
  {
    id: 'chain',
    name: '+ hash chain',
    genesis: 'tangaroa',
    compose: chainedRaft({}),
    makeTrust: raftTrust,
  },
  {
    id: 'peers',
    name: '+ signatures on peer messages',
    genesis: 'tangaroa',
    compose: chainedRaft({ wrap: signed }),
    makeTrust: raftTrust,
  },
  {
    id: 'clients',
    name: '+ client signatures',
    genesis: 'tangaroa',
    compose: chainedRaft({ wrap: signedAndChecked, verifier: verifierOf }),
    makeTrust: signsOnly,
  },
  {
    id: 'broadcast',
    name: '+ broadcast Responses',
    genesis: 'tangaroa',
    compose: chainedRaft({ wrap: signedAndChecked, verifier: verifierOf, responses: 'all' }),
    makeTrust: signsOnly,
  },
  {
    id: 'phases',
    name: '+ second phase, certificates, proven elections',
    genesis: 'tangaroa',
    compose: tangaroaOneReply,
    makeTrust: signsOnly,
  },
  {
    id: 'tangaroa',
    name: '+ reply verification: Tangaroa',
    genesis: 'tangaroa',
    compose,
    makeTrust: tangaroaTrust,
  },
];

/** @param {string} id @throws Error for an id that is none */
export function rungOf(id) {
  const rung = RUNGS.find((each) => each.id === id);
  if (rung === undefined)
    throw new Error(`'${id}' is no rung: ${RUNGS.map((each) => each.id).join(', ')}`);
  return rung;
}
