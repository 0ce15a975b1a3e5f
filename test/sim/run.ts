/** One seed: a storm, then a healed cluster that must answer everything and agree on everything. */
import { Random } from '../../src/base/random.ts';
import type { ProtocolName } from '../../src/wire/protocol.ts';
import { CHARACTERS } from './characters.ts';
import { Violation } from './checkers/checker.ts';
import { heal, Storm } from './faults.ts';
import { demandProgress, isDone } from './liveness.ts';
import { drawPlan, NOTHING_FIXED, type Fixed, type Plan } from './plan.ts';
import { World } from './world.ts';

export interface Outcome {
  readonly seed: number;
  readonly plan: Plan;
  /** How often each fault happened, and each attack did something. */
  readonly faults: Readonly<Record<string, number>>;
  readonly attacks: Readonly<Record<string, number>>;
  readonly answered: number;
  /** The highest term of an honest node; terms that had a leader; those that nobody won. */
  readonly terms: number;
  readonly elections: number;
  readonly viewLosses: number;
  readonly entries: number;
  /** What the checkers of the protocol looked at. */
  readonly tallies: Readonly<Record<string, number>>;
  /** How long after healing everything was answered and equal, in virtual milliseconds, and how long it might take. */
  readonly healedMs: number;
  readonly boundMs: number;
  readonly simulatedMs: number;
  /** Events of the scheduler. */
  readonly steps: number;
  /** A fingerprint of the order in which frames were delivered: another one is another schedule. */
  readonly schedule: number;
}

/** A failed seed: what was violated, the line that replays it, and what each node did. */
export class SimFailure extends Error {
  override readonly name = 'SimFailure';
  /** The checker that noticed; `error` where something threw that is none. */
  readonly checker: string;
  /** What it saw. */
  readonly broken: string;
  readonly replay: string;
  readonly steps: number;
  /** All that was noted, oldest first. */
  readonly trace: readonly string[];

  readonly protocol: ProtocolName;

  constructor(seed: number, fixed: Fixed, cause: unknown, world: World) {
    const replay = `npm run sim -- --seed ${seed}${optionsOf(fixed)}`;
    const isViolation = cause instanceof Violation;
    const stack = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    const broken = isViolation ? cause.message : stack;
    super(`${beyondPromises(world)}${broken}\n\nreplay: ${replay}\n\n${world.trace.toString()}`);
    this.checker = isViolation ? cause.checker : 'error';
    this.broken = broken;
    this.protocol = fixed.protocol;
    this.replay = replay;
    this.steps = world.scheduler.steps;
    this.trace = world.trace.lines;
  }
}

/** Where more nodes lie than the protocol stands: how many it stands, and what each of them tries. */
function beyondPromises({ plan, nodeIds, isBetrayed }: World): string {
  if (!isBetrayed) return '';
  const { title, liars, arsenal } = CHARACTERS[plan.protocol];
  const triesOf = (name: string): string =>
    arsenal.attacks.find((kind) => kind.name === name)?.tries ?? '';
  const lies = plan.traitors.map(({ node, attacks }) => {
    const tried = attacks.map(({ name }) => `  ${name}: ${triesOf(name)}\n`);
    return `${nodeIds[node]} is one:\n${tried.join('')}`;
  });
  const count = liars(plan.nodes);
  const stood = count === 0 ? 'no liar' : count === 1 ? '1 liar' : `${count} liars`;
  return `${title} stands ${stood} among ${plan.nodes} nodes. ${lies.join('')}What breaks:\n`;
}

/** The options that fix what is fixed, as the command line takes them. */
export function optionsOf({
  protocol,
  nodes,
  traitors,
  attacks,
  stormMs,
  healedDelayMs,
  without,
}: Fixed): string {
  const options = [
    protocol === 'tangaroa' ? '' : ` --protocol ${protocol}`,
    nodes === null ? '' : ` --nodes ${nodes}`,
    traitors === null ? '' : ` --traitors ${traitors}`,
    attacks === null ? '' : ` --attacks ${attacks.join(',')}`,
    stormMs === null ? '' : ` --storm ${stormMs / 1000}`,
    healedDelayMs === null ? '' : ` --delay ${healedDelayMs}`,
    without.length === 0 ? '' : ` --without ${without.join(',')}`,
  ];
  return options.join('');
}

export async function runSeed(seed: number, fixed: Fixed = NOTHING_FIXED): Promise<Outcome> {
  const random = new Random(seed);
  const plan = drawPlan(seed, random, fixed);
  const world = new World(plan, random);
  try {
    return await runWorld(world, seed);
  } catch (error) {
    throw new SimFailure(seed, fixed, error, world);
  }
}

async function runWorld(world: World, seed: number): Promise<Outcome> {
  const { plan, scheduler, clients, checkers } = world;
  for (const node of world.nodes) node.start();
  for (const client of clients.honest) client.resume();
  const storm = new Storm(world, world.random.fork(), plan.stormMs);
  await world.run(plan.stormMs);
  heal(world);
  const healedAtMs = scheduler.nowMs;
  // A while of load on the healed cluster, then every client's last request is answered and all nodes stand equal.
  await world.run(healedAtMs + 1_500);
  for (const client of clients.honest) client.pause();
  const boundMs = world.protocol.livenessBoundMs(world.honestNodes.map(({ status }) => status));
  await world.run(scheduler.nowMs + boundMs, () => isDone(world));
  demandProgress(world, boundMs);
  checkers.finished();
  const terms = Math.max(...world.honestNodes.map((node) => node.status.term));
  return {
    seed,
    plan,
    faults: Object.fromEntries(storm.exercised),
    attacks: Object.fromEntries([...world.protocol.conspiracy.exercised, ...clients.exercised]),
    answered: clients.honest.reduce((sum, client) => sum + client.answered, 0),
    terms,
    elections: world.elections.size,
    viewLosses: Math.max(0, terms - world.elections.size),
    entries: checkers.agreement.highest,
    tallies: checkers.tallies,
    healedMs: scheduler.nowMs - healedAtMs,
    boundMs,
    simulatedMs: scheduler.nowMs,
    steps: scheduler.steps,
    schedule: world.network.schedule,
  };
}
