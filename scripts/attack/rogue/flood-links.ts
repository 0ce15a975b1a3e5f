/** One proven link to each target, made again when the target closed it: at most one attempt at a time, and not at once. */
import type { Outside } from '../attack.ts';
import { rest } from './flood.ts';
import type { Target } from './link-knock.ts';
import type { RawLink } from './link.ts';

/** Honest ends wait as long before they dial again (`dialDelayMinMs`). */
const AGAIN_MS = 50;

export class Links implements AsyncDisposable {
  readonly #targets: readonly Target[];
  readonly #make: (target: Target) => Promise<RawLink | null>;
  readonly #outside: Pick<Outside, 'did' | 'stop'>;
  readonly #links = new Map<string, Promise<RawLink | null>>();

  /** `make`: null where it was turned away. */
  constructor(
    targets: readonly Target[],
    make: (target: Target) => Promise<RawLink | null>,
    outside: Pick<Outside, 'did' | 'stop'>,
  ) {
    this.#targets = targets;
    this.#make = make;
    this.#outside = outside;
  }

  /** Those that are open once every target was tried. */
  async all(): Promise<readonly RawLink[]> {
    const made = await Promise.all(this.#targets.map((target) => this.to(target)));
    return made.filter((link) => link !== null);
  }

  async to(target: Target): Promise<RawLink | null> {
    const known = this.#links.get(target.node);
    const link = known === undefined ? null : await known;
    if (link !== null && link.ended === null) return link;
    // Somebody else may have begun to make it while this one waited.
    if (this.#links.get(target.node) === known)
      this.#links.set(target.node, this.#again(target, link));
    return (await this.#links.get(target.node)) ?? null;
  }

  async #again(target: Target, before: RawLink | null): Promise<RawLink | null> {
    if (before?.ended) this.#outside.did(`links closed by nodes: ${before.ended.code}`);
    await rest(this.#outside.stop, AGAIN_MS);
    return this.#outside.stop.aborted ? null : this.#make(target);
  }

  /** Whatever is open is closed. */
  async [Symbol.asyncDispose](): Promise<void> {
    const links = await Promise.all(this.#links.values());
    await Promise.all(links.filter((link) => link !== null).map((link) => link.close()));
  }
}
