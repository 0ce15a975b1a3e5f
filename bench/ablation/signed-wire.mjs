/**
 * Plain Raft's messages under their sender's signature: an envelope around each frame, and the requests inside held
 * against their clients' signatures where the row says so. Built around `raftWire`, which knows nothing of it.
 */
import { Writer, decode } from '../../dist/base/binary.js';
import { UNSIGNED } from '../../dist/crypto/unsigned.js';

/** @typedef {import('../../src/consensus/raft/message.ts').RaftMessage} RaftMessage */
/** @typedef {import('../../src/consensus/model/ids.ts').NodeId} NodeId */
/** @typedef {import('../../src/crypto/verdict.ts').Fault} Fault */
/** @typedef {import('../../src/host/protocol.ts').PeerWire<RaftMessage>} Wire */
/** @typedef {import('../../src/node/data-directory.ts').DataDirectory} DataDirectory */
/** @typedef {import('../../src/crypto/ed25519.ts').Ed25519} Ed25519 */

const SIGNATURE_BYTES = UNSIGNED.length;

/**
 * Every frame becomes signer ‖ signature ‖ frame; the signature is over the frame's digest, as Tangaroa's statements
 * hold digests of what travels beside them. Signed once for all receivers, verified by each.
 *
 * @param {Wire} inner
 * @param {DataDirectory} data
 * @param {{ ed25519: Ed25519, digest: import('../../src/consensus/model/ids.ts').Digest }} deps
 * @returns {Wire}
 */
export function signedWire(inner, { self, secretKey, genesis }, { ed25519, digest }) {
  const keys = new Map(genesis.configuration.members.map(({ id, publicKey }) => [id, publicKey]));
  /** @type {WeakMap<RaftMessage, { signer: NodeId, signature: Uint8Array, signed: Uint8Array }>} */
  const envelopes = new WeakMap();
  const signedBytes = (/** @type {Uint8Array} */ frame) =>
    new Writer(32).hex(digest(frame)).finish();
  return {
    ...inner,
    encode: (message) => {
      const frame = inner.encode(message);
      const signature = ed25519.sign(signedBytes(frame), secretKey);
      return new Writer(frame.length + 128).text(self).raw(signature).raw(frame).finish();
    },
    decode: (bytes) => {
      const opened = decode(bytes, (reader) => ({
        signer: /** @type {NodeId} */ (reader.text()),
        signature: reader.raw(SIGNATURE_BYTES).slice(),
        frame: reader.raw(reader.remaining),
      }));
      if (!opened.ok) return opened;
      const { signer, signature, frame } = opened.value;
      const message = inner.decode(frame);
      if (message.ok)
        envelopes.set(message.value, { signer, signature, signed: signedBytes(frame) });
      return message;
    },
    verify: (message, budget) => {
      const envelope = envelopes.get(message);
      const key = envelope && keys.get(envelope.signer);
      if (envelope === undefined || key === undefined)
        return { type: 'unknown', reason: 'signed by no node of the configuration' };
      return ed25519.verify(envelope.signature, envelope.signed, key, budget)
        ? inner.verify(message, budget)
        : { type: 'invalid', reason: `bad signature of ${envelope.signer}` };
    },
  };
}

/**
 * A follower orders no request that its client did not sign (N2): whoever passes one on.
 *
 * @param {Wire} inner
 * @param {import('../../src/crypto/verify.ts').Verifier} verifier
 * @returns {Wire}
 */
export function requestsChecked(inner, verifier) {
  return {
    ...inner,
    verify: (message, budget) => {
      for (const request of requestsOf(message)) {
        const verdict = verifier.request(request, budget);
        if (verdict.type !== 'verified') return verdict;
      }
      return inner.verify(message, budget);
    },
  };
}

/** @param {RaftMessage} message */
function requestsOf(message) {
  switch (message.kind) {
    case 'forward':
      return message.requests;
    case 'append-entries':
      return message.entries.flatMap(({ content }) =>
        content.kind === 'batch' ? content.requests : [],
      );
    default:
      return [];
  }
}
