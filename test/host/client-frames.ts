/** What clients send a host, and what it says. */
import { expect } from 'vitest';
import type { ClientId } from '../../src/consensus/model/ids.ts';
import type { NodeToClientMessage, Read } from '../../src/consensus/model/message.ts';
import type { ClientRequest } from '../../src/consensus/model/request.ts';
import { makeClientSigner } from '../../src/crypto/sign.ts';
import { encodeClientMessage } from '../../src/wire/client.ts';
import { alice, cluster, Rig } from './harness.ts';

export const requestFrame = (request: ClientRequest): Uint8Array =>
  encodeClientMessage({ kind: 'client-request', request });

export function readOf(
  query: Uint8Array,
  nonce = '0123456789abcdef'.repeat(2),
  from = alice,
): Read {
  const statement = {
    kind: 'read',
    client: from.id,
    nonce,
    queryDigest: cluster.context.digest(query),
  } as const;
  const sign = makeClientSigner(
    { self: from.id, secretKey: from.secretKey, clusterId: cluster.clusterId },
    cluster,
  );
  return { kind: 'read', statement, signature: sign(statement), query };
}

export async function after(
  frame: Uint8Array,
  rig = new Rig(),
  from: ClientId = alice.id,
): Promise<Rig> {
  rig.host.clientFrame(from, frame);
  await rig.run();
  return rig;
}

export function only(rig: Rig): NodeToClientMessage {
  expect(rig.links.toClients).toHaveLength(1);
  const { to, message } = rig.links.toClients[0]!;
  expect(to).toBe(alice.id);
  expect(cluster.makeVerifier().reply(message).type).toBe('verified');
  return message;
}
