/** Runs a scenario: a plain function, the same text always with the same result. */
import type { NodeId } from '../../src/consensus/model/ids.ts';
import { Violation } from '../sim/checkers/checker.ts';
import { broken } from './conditions.ts';
import type { Condition } from './conditions.ts';
import type { Deed } from './deeds.ts';
import type { Command, Line, Scenario } from './language.ts';
import { parseScenario } from './language.ts';
import { makeWhole, outstanding, patienceMs } from './liveness.ts';
import { describeNode, grouped } from './print.ts';
import { Traitors } from './traitors.ts';
import type { Selection } from './selection.ts';
import { Impossible, ScriptError } from './words.ts';
import { World } from './world.ts';
import type { Event } from './world.ts';

/** How long `until` waits. */
const PATIENCE_MS = 60_000;

const EVERYTHING: Selection = { kinds: [], from: 'all', to: 'all' };

/** What is told of a line that failed: the last that happened, and where the nodes stand. */
const NEWS_MAX = 40;

export interface Outcome {
  /** The script with what happened below each line: what stands in the golden file. */
  readonly output: string;
  readonly breaks: readonly string[];
}

/**
 * Runs a script. Throws a `Violation` if an invariant or an `assert` does not hold, or the cluster does not live; a
 * `ScriptError` if the script is wrong. Both name file and line. `onLine` gets what is printed, as it comes.
 */
export function runScenario(
  text: string,
  name: string,
  onLine: (line: string) => void = () => {},
): Outcome {
  const scenario = parseScenario(text, name);
  const run = new Run(scenario);
  const output: string[] = [];
  for (const line of scenario.lines)
    for (const printed of run.line(line)) {
      output.push(printed);
      onLine(printed);
    }
  return { output: `${output.join('\n')}\n`, breaks: scenario.breaks };
}

class Run {
  readonly #scenario: Scenario;
  /** Made by the first line that is about more than who is there. */
  #world: World | null = null;
  readonly #turned = new Set<NodeId>();
  #standing: { readonly ms: number; readonly deed: Deed; sinceMs: number }[] = [];
  readonly #printed = new Map<NodeId, string>();

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
  }

  /** Carries out a line; what is to be printed for it. */
  line({ number, text, command }: Line): readonly string[] {
    if (command === null || this.#before(command)) return [text];
    try {
      this.#carryOut(command);
      this.world.check();
    } catch (error) {
      const news = this.#news().slice(-NEWS_MAX);
      const where = [`${this.#scenario.name}:${number}: ${text.trim()}`, ...news].join('\n    ');
      throw this.#located(error, where);
    }
    return [text, ...this.#news().map((news) => `    ${news}`)];
  }

  /** Whoever is a traitor before anything happened never had a core. */
  #before(command: Command): boolean {
    if (command.verb === 'traitor' && this.#world === null) {
      this.#turned.add(command.node);
      return true;
    }
    return command.verb === 'nodes';
  }

  get world(): World {
    const { size, traitors } = this.#scenario;
    this.#world ??= new World(size, traitors, this.#turned);
    return this.#world;
  }

  #located(error: unknown, where: string): unknown {
    if (!(error instanceof Error)) return error;
    if (error instanceof Violation) {
      error.message = `${error.message}\n  at ${where}`;
      return error;
    }
    if (error instanceof ScriptError || error instanceof Impossible)
      return new ScriptError(`${error.message}\n  at ${where}`);
    // A core that fails one of its own assertions has crashed.
    return new Violation('crash', `${error.message}\n  at ${where}`);
  }

  /** What happened, and where everybody whose place has changed now stands. */
  #news(): readonly string[] {
    const { events, honestNodes, book } = this.world;
    const places: Event[] = [];
    for (const node of honestNodes) {
      const what = describeNode(node, book);
      if (this.#printed.get(node.id) !== what) places.push({ who: node.id, what });
      this.#printed.set(node.id, what);
    }
    places.sort((a, b) => (a.what < b.what ? -1 : a.what > b.what ? 1 : 0));
    return [...grouped(events.splice(0)), ...grouped(places)];
  }

  #carryOut(command: Command): void {
    const { world } = this;
    switch (command.verb) {
      case 'nodes':
        return;
      case 'traitor':
        this.#turned.add(command.node);
        return world.turn(command.node);
      case 'propose':
        return world.propose(command.request, command.to === 'all' ? world.upIds : command.to);
      case 'deliver':
        return world.deliverAll(command.what);
      case 'drop':
        world.network.take(command.what);
        return;
      case 'block':
        return world.network.block(command.what);
      case 'partition':
        return world.network.partition(command.sides);
      case 'heal':
        return world.heal();
      case 'settle':
        return world.settle();
      case 'tick':
        for (let i = 0; i < command.count; i++) this.#tick();
        return;
      case 'run':
        return this.#pass(command.ms, () => false);
      case 'hold':
        for (const id of command.nodes) world.honest(id).writes = false;
        return;
      case 'sync':
        for (const id of command.nodes) world.sync(id);
        return;
      case 'crash':
        for (const id of command.nodes) world.honest(id).crash();
        return;
      case 'restart':
        for (const id of command.nodes) world.restart(id);
        return;
      case 'assert':
        return this.#demand(command.condition);
      case 'until':
        return this.#until(command.condition);
      case 'every':
        this.#standing.push({ ms: command.ms, deed: command.deed, sinceMs: -Infinity });
        return;
      case 'deed':
        return this.#act(command.deed);
      case 'try':
        return this.#try(command.deed);
      case 'live':
        return this.#live(command.withinMs);
    }
  }

  #act(deed: Deed): void {
    if (deed.act === 'rests')
      this.#standing = this.#standing.filter((one) => one.deed.node !== deed.node);
    new Traitors(this.world).act(deed);
  }

  #try(deed: Deed): void {
    try {
      this.#act(deed);
    } catch (error) {
      if (!(error instanceof Impossible)) throw error;
      this.world.tell(deed.node, `cannot: ${error.message}`);
    }
  }

  #tick(): void {
    this.world.tick();
    const { monotonicMs } = this.world.now;
    for (const order of this.#standing) {
      if (monotonicMs - order.sinceMs < order.ms) continue;
      order.sinceMs = monotonicMs;
      this.#try(order.deed);
    }
  }

  /** Lets time pass, at most so long or until it is done. A message takes one tick. */
  #pass(ms: number, done: () => boolean): void {
    const { world } = this;
    const untilMs = world.now.monotonicMs + ms;
    world.loud = false;
    while (!done() && world.now.monotonicMs < untilMs) {
      world.deliverAll(EVERYTHING);
      this.#tick();
      world.check();
    }
    world.loud = true;
  }

  #demand(condition: Condition): void {
    const why = broken(condition, this.world);
    if (why !== null) throw new Violation('assert', why);
  }

  #until(condition: Condition): void {
    const sinceMs = this.world.now.monotonicMs;
    this.#pass(PATIENCE_MS, () => broken(condition, this.world) === null);
    this.#demand(condition);
    this.world.tell(null, `after ${this.world.now.monotonicMs - sinceMs} ms`);
  }

  /** The end: whatever is wanted of the cluster is done in time. The traitors go on with what they do all the time. */
  #live(withinMs: number | null): void {
    const { world } = this;
    world.loud = false;
    makeWhole(world);
    const boundMs = withinMs ?? patienceMs(world);
    const sinceMs = world.now.monotonicMs;
    this.#pass(boundMs, () => outstanding(world).length === 0);
    const left = outstanding(world).join(' ');
    if (left !== '')
      throw new Violation('liveness', `after ${boundMs} ms not executed everywhere: ${left}`);
    const names = world.book.requests.map(([name]) => name).join(' ');
    const tookMs = world.now.monotonicMs - sinceMs;
    world.tell(null, `all honest nodes have executed ${names} after ${tookMs} ms`);
  }
}
