/** A node put together so that somebody listens on all its links, and may bend what it says. */
import type { NodeId } from '../../../src/consensus/model/ids.ts';
import type { Links } from '../../../src/host/ports.ts';
import type { AnyHost, Composition } from '../../../src/node/protocols.ts';

export interface Tap {
  readonly heard: (from: NodeId, frame: Uint8Array) => void;
  readonly said: (to: NodeId, frame: Uint8Array) => void;
  readonly wrap: (links: Links) => Links;
}

/** The attacker reads what its member is sent and what it sends, after its attacks. */
export function tapped({ naming, makeHost }: Composition, tap: Tap): Composition {
  return {
    naming,
    makeHost: (options, surroundings) => {
      const { links } = surroundings;
      const listening: Links = {
        sendToPeer: (peer, frame) => {
          tap.said(peer, frame);
          return links.sendToPeer(peer, frame);
        },
        sendToClient: (client, frame) => links.sendToClient(client, frame),
        isClientConnected: (client) => links.isClientConnected(client),
        closePeer: (peer, reason) => links.closePeer(peer, reason),
        closeClient: (client, reason) => links.closeClient(client, reason),
        peers: () => links.peers(),
      };
      const host = makeHost(options, { ...surroundings, links: tap.wrap(listening) });
      return hearing(host, tap.heard);
    },
  };
}

function hearing(host: AnyHost, heard: Tap['heard']): AnyHost {
  return {
    start: () => host.start(),
    stop: () => host.stop(),
    stopped: host.stopped,
    resign: () => host.resign(),
    status: () => host.status(),
    peerFrame: (from, frame) => {
      heard(from, frame);
      host.peerFrame(from, frame);
    },
    clientFrame: (client, frame) => host.clientFrame(client, frame),
    peerHeard: (from) => host.peerHeard(from),
    clientHeard: (client, bytes) => host.clientHeard(client, bytes),
    peerConnected: (peer) => host.peerConnected(peer),
    clientDisconnected: (client) => host.clientDisconnected(client),
  };
}
