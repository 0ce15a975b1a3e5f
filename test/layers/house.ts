/**
 * The rooms of the house: who may import whom, and which packages (docs/architecture.md). A package that drags Node's
 * types in must stand in no list above node/.
 */
export interface Room {
  /** Rooms, or single files of a room, that may be imported. */
  readonly imports: readonly string[];
  readonly packages: readonly string[];
}

const MODEL = ['base', 'consensus/model'];

/** What every core is made of. */
const CORE = ['consensus/core', 'consensus/effects', 'consensus/pool'];

/** The files of machine/ that a client shares: commands, queries and results as bytes. */
const CODEC = ['command', 'command-problem', 'query', 'result', 'value'].map(
  (name) => `machine/${name}`,
);

/** What plain Raft says and how it names entries: as much of it as has to be encoded. */
const RAFT_MODEL = ['consensus/raft/message', 'consensus/raft/naming'];

const CLIENT = [...MODEL, 'crypto', 'wire', ...CODEC];

const HOST = [
  ...CLIENT,
  ...RAFT_MODEL,
  'client',
  'consensus/core',
  'consensus/raft',
  'consensus/tangaroa',
  'machine',
];

/** By path below src/; the longest name that fits is a file's room. */
export const ROOMS: Readonly<Record<string, Room>> = {
  base: { imports: [], packages: [] },
  'consensus/model': { imports: ['base'], packages: [] },
  // The interface that every core has: those who serve a core know its types.
  'consensus/core': { imports: MODEL, packages: [] },
  // The clients' requests that wait, of whatever protocol, and how its handlers speak.
  'consensus/pool': { imports: [...MODEL, 'consensus/core'], packages: [] },
  'consensus/effects': { imports: [...MODEL, 'consensus/core'], packages: [] },
  'consensus/tangaroa': { imports: [...MODEL, ...CORE], packages: [] },
  ...Object.fromEntries(RAFT_MODEL.map((file) => [file, { imports: MODEL, packages: [] }])),
  'consensus/raft': { imports: [...MODEL, ...RAFT_MODEL, ...CORE], packages: [] },
  ...Object.fromEntries(CODEC.map((file) => [file, { imports: ['base', ...CODEC], packages: [] }])),
  machine: { imports: ['base', ...CODEC], packages: [] },
  crypto: { imports: [...MODEL, 'consensus/core'], packages: ['@noble/ed25519', '@noble/hashes'] },
  wire: { imports: [...MODEL, ...RAFT_MODEL, 'consensus/core'], packages: [] },
  client: { imports: CLIENT, packages: [] },
  host: { imports: HOST, packages: [] },
  node: {
    imports: [...HOST, 'host'],
    packages: ['classic-level', 'pino', 'sodium-native', 'ws'],
  },
  cli: { imports: [...HOST, 'host', 'node'], packages: ['commander'] },
};

/** Rooms that may use Node's own modules, the clock and chance. */
export const NODE_ROOMS: readonly string[] = ['node', 'cli'];
/** The only mint of `Verified<T>` (habit 2). */
export const MINT = 'crypto';
/** The only place that reads arguments and the environment (habit 9). */
export const WORLD = 'cli';
