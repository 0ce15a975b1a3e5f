/** One seed: a storm, then a healed cluster that must answer everything and agree on everything. */
import { Random } from '../../src/base/random.ts';
import type { Exercised } from './faults.ts';
import { heal, startFaults } from './faults.ts';
import { drawPlan, HEAL_MS, type Plan } from './plan.ts';
import { World } from './world.ts';

export interface Outcome {
  readonly seed: number;
  readonly plan: Plan;
  readonly exercised: Exercised;
  readonly answered: number;
  readonly terms: number;
  readonly entries: number;
  readonly certificates: number;
  /** How long after healing everything was answered and equal, in virtual milliseconds. */
  readonly healedMs: number;
  readonly simulatedMs: number;
}

/** A failed seed: what was violated, the line that replays it, and what each node did. */
export class SimFailure extends Error {
  override readonly name = 'SimFailure';

  constructor(seed: number, nodes: number | null, cause: unknown, trace: string) {
    const replay = `npm run sim -- --seed ${seed}${nodes === null ? '' : ` --nodes ${nodes}`}`;
    const what = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    super(`${what}\n\nreplay: ${replay}\n\n${trace}`);
  }
}

export async function runSeed(seed: number, nodes: number | null = null): Promise<Outcome> {
  const random = new Random(seed);
  const plan = drawPlan(random, nodes);
  const world = new World(plan, random);
  try {
    return await runWorld(world, seed);
  } catch (error) {
    throw new SimFailure(seed, nodes, error, world.trace.toString());
  }
}

async function runWorld(world: World, seed: number): Promise<Outcome> {
  const { plan, scheduler } = world;
  for (const node of world.nodes) node.start();
  for (const client of world.clients) client.resume();
  const exercised = startFaults(world, world.random.fork(), plan.stormMs);
  await world.run(plan.stormMs);
  heal(world);
  const healedAtMs = scheduler.nowMs;
  // A while of load on the healed cluster, then every client's last request is answered and all nodes stand equal.
  await world.run(healedAtMs + 3_000);
  for (const client of world.clients) client.pause();
  await world.run(healedAtMs + HEAL_MS, () => isDone(world));
  demandProgress(world);
  world.exactlyOnce.complete();
  return {
    seed,
    plan,
    exercised,
    answered: world.clients.reduce((sum, client) => sum + client.answered, 0),
    terms: Math.max(...world.nodes.map((node) => node.status.term)),
    entries: world.agreement.highest,
    certificates: world.certificates.checked,
    healedMs: scheduler.nowMs - healedAtMs,
    simulatedMs: scheduler.nowMs,
  };
}

function isDone(world: World): boolean {
  if (!world.clients.every((client) => client.idle)) return false;
  const first = world.nodes[0]?.status.applied;
  return world.nodes.every(
    ({ status }) => status.applied === first && status.applied === world.agreement.highest,
  );
}

function demandProgress(world: World): void {
  if (isDone(world)) return;
  const nodes = world.nodes.map(
    ({ id, status, up }) =>
      `${id}${up ? '' : ' (down)'} ${status.role} term ${status.term} accepted ${status.accepted.index} ` +
      `prepared ${status.prepared.index} committed ${status.committed.index} applied ${status.applied} pending ${status.pending}`,
  );
  const waiting = world.clients.filter((client) => !client.idle).length;
  throw new Error(
    `liveness: ${HEAL_MS} ms after healing ${waiting} clients wait; highest committed ${world.agreement.highest}\n` +
      nodes.join('\n'),
  );
}
