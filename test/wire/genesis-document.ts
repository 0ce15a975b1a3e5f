/** A genesis document for the tests of this folder. */
import { DEFAULT_PARAMETERS } from '../../src/consensus/model/configuration.ts';
import type { NodeId } from '../../src/consensus/model/ids.ts';
import type { GenesisDocument } from '../../src/wire/genesis.ts';

/** 32 bytes of this value, in hexadecimal. */
export const key = (byte: number): string => byte.toString(16).padStart(2, '0').repeat(32);

export const document: GenesisDocument = {
  protocol: 'tangaroa',
  name: 'harbour',
  nonce: key(0xab),
  createdMs: 1_700_000_000_000,
  voters: [1, 2, 3, 4].map((i) => ({
    id: `node-${i}` as NodeId,
    publicKey: key(i),
    address: `127.0.0.1:${4700 + i}`,
  })),
  clients: [
    { name: 'admin', publicKey: key(0x11), role: 'admin' },
    { name: 'writer', publicKey: key(0x12), role: 'writer' },
  ],
  parameters: DEFAULT_PARAMETERS,
};
