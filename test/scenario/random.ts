/**
 * Random scripts: everything the language can say, in any order, with traitors that sign whatever comes to their mind.
 * Most of what they try is impossible or thrown away; what is left nobody would have thought of.
 */
import { Random } from '../../src/base/random.ts';
import { faultsTolerated, quorumSize } from '../../src/consensus/model/quorum.ts';
import { KINDS } from './selection.ts';

const LINES_MIN = 30;
const LINES_MORE = 60;

/** The same number always gives the same script. */
export function randomScript(seed: number, size: number): string {
  return new Author(new Random(seed), size).write();
}

class Author {
  readonly #random: Random;
  readonly #ids: readonly string[];
  readonly #traitors: readonly string[];
  readonly #honest: readonly string[];
  readonly #turned: string[] = [];
  readonly #down = new Set<string>();
  #requests = 0;
  #entries = 0;
  #certificates = 0;

  constructor(random: Random, size: number) {
    this.#random = random;
    this.#ids = Array.from({ length: size }, (_, i) => `n${i + 1}`);
    this.#traitors = this.#shuffled(this.#ids).slice(0, faultsTolerated(size));
    this.#honest = this.#ids.filter((id) => !this.#traitors.includes(id));
  }

  write(): string {
    const lines = [`nodes ${this.#ids.length}`];
    const count = LINES_MIN + this.#random.below(LINES_MORE);
    for (let i = 0; i < count; i++) lines.push(this.#line());
    return [...lines, 'live', ''].join('\n');
  }

  #shuffled<T>(list: readonly T[]): T[] {
    const rest = [...list];
    return list.map(() => rest.splice(this.#random.below(rest.length), 1)[0] as T);
  }

  #percent(share: number): boolean {
    return this.#random.chance(share, 100);
  }

  /** At least one. */
  #some(list: readonly string[]): string {
    const count = 1 + this.#random.below(list.length);
    return this.#shuffled(list).slice(0, count).join(' ');
  }

  #line(): string {
    const { length } = this.#turned;
    if (length < this.#traitors.length && this.#percent(10)) {
      const traitor = this.#traitors[length] as string;
      this.#turned.push(traitor);
      return `traitor ${traitor}`;
    }
    if (length > 0 && this.#percent(45))
      return `try ${this.#random.pick(this.#turned)} ${this.#deed()}`;
    return this.#percent(45) ? this.#delivery() : this.#event();
  }

  #delivery(): string {
    const verb = this.#random.pick(['deliver', 'deliver', 'deliver', 'drop', 'block', 'settle']);
    if (verb === 'settle') return verb;
    const kinds = this.#percent(50) ? ` ${this.#random.pick(Object.keys(KINDS))}` : '';
    const from = this.#percent(50) ? ` from ${this.#some(this.#ids)}` : '';
    return `${verb}${kinds}${from}${this.#to()}`;
  }

  #event(): string {
    const node = this.#random.pick(this.#honest);
    switch (this.#random.below(10)) {
      case 0:
      case 1:
        return `propose r${++this.#requests} to ${node}`;
      case 2:
      case 3:
        return 'heal';
      case 4:
        return `partition ${this.#some(this.#ids)}`;
      case 5:
        return `run ${this.#random.pick([40, 100, 300])}`;
      case 6:
      case 7:
        return `run ${this.#random.pick([900, 1_700, 3_300])}`;
      case 8:
        return `${this.#random.pick(['hold', 'sync', 'sync'])} ${node}`;
      default:
        return this.#power(node);
    }
  }

  #power(node: string): string {
    if (this.#down.delete(node)) return `restart ${node}`;
    this.#down.add(node);
    return `crash ${node}`;
  }

  #to(): string {
    return this.#percent(60) ? ` to ${this.#some(this.#ids)}` : '';
  }

  /** One of the traitors' own, or what an honest one may be called. */
  #entry(): string {
    if (this.#percent(35)) return 'newest';
    if (this.#entries > 0 && this.#percent(60))
      return `E${Math.max(1, this.#entries - this.#random.below(4))}`;
    const term = 1 + this.#random.below(4);
    return `${1 + term + this.#random.below(4)}/${term}`;
  }

  #certificate(): string {
    if (this.#certificates === 0) return 'genesis';
    return `C${Math.max(1, this.#certificates - this.#random.below(4))}`;
  }

  #base(): string {
    return this.#percent(40) ? 'genesis' : this.#certificate();
  }

  #term(): string {
    return this.#random.pick(['now', 'now', 'now', 'now+1', '1', '2']);
  }

  /** Or nothing. */
  #maybe(word: string, what: string): string {
    return this.#percent(50) ? ` ${word} ${what}` : '';
  }

  #deed(): string {
    const to = this.#to();
    switch (this.#random.below(12)) {
      case 0:
        return `makes E${++this.#entries} = ${this.#request()} on ${this.#entry()}`;
      case 1:
        return `makes E${++this.#entries} = bundle ${this.#term()} on ${this.#base()}`;
      case 2:
        return `appends ${this.#entry()}${this.#maybe('after', this.#entry())}${to}`;
      case 3:
        return `heartbeats ${this.#entry()} in now${to}`;
      case 4:
      case 5:
        return `responds ${this.#entry()}${this.#maybe('prepared', this.#entry())}${this.#maybe('in', this.#term())}${to}`;
      case 6:
        return `suspects ${this.#random.pick(['now+1', 'now+1', 'now+2'])}${to}`;
      case 7:
        return `${this.#random.pick(['asks', 'votes'])} ${this.#term()} on ${this.#base()}${to}`;
      case 8:
        return `refuses ${this.#term()} with ${this.#certificate()}${to}`;
      case 9:
        return `shows ${this.#certificate()}${to}`;
      case 10:
        return `serves ${this.#entry()}${this.#maybe('after', this.#entry())}${this.#maybe('linked', this.#entry())}${to}`;
      default:
        return this.#assembly();
    }
  }

  #request(): string {
    return this.#percent(30) && this.#requests > 0 ? `r${this.#requests}` : `q${this.#entries}`;
  }

  #assembly(): string {
    const name = `C${++this.#certificates}`;
    const phase = this.#random.pick(['prepare', 'prepare', 'commit']);
    const others = quorumSize(this.#ids.length) - this.#turned.length;
    const signers = [...this.#shuffled(this.#honest).slice(0, others), ...this.#turned];
    return `assembles ${name} = ${phase} ${this.#entry()} of ${signers.join(' ')}${this.#maybe('in', this.#term())}`;
  }
}
