/** The library in Node: `import { openClient, parseGenesis } from 'tangaroa'`. */
export { nodeClientDeps, nodeTransport, openClient } from './client-transport.ts';
export { KeyFileError, readKeyFile } from './key-files.ts';
export type { KeyFile, KeyFileCode, KeyKind } from './key-files.ts';
export * from '../client/index.ts';
