/** The links to all voters of the configuration, and what is known of those that do not serve. */
import type { Random } from '../base/random.ts';
import type { RejectCode } from '../consensus/model/handshake.ts';
import type { NodeId } from '../consensus/model/ids.ts';
import { isQuorum } from '../consensus/model/quorum.ts';
import { describeMissing, TangaroaError } from './errors.ts';
import type { MissingNode } from './errors.ts';
import type { Identity } from './identity.ts';
import { Link } from './link.ts';
import type { LinkEvents } from './link.ts';
import type { ClientDeps } from './ports.ts';

/** A linked node that answers nothing for so long counts as missing, and after the longer time is dialed anew. */
const SILENT_MS = 1_500;
const DEAD_MS = 10_000;

export class Links {
  readonly #identity: Identity;
  readonly #links: ReadonlyMap<NodeId, Link>;
  /** Since when a linked node owes an answer. */
  readonly #owesSinceMs = new Map<NodeId, number>();
  readonly #nowMs: () => number;

  constructor(
    identity: Identity,
    deps: ClientDeps & { readonly random: Random; readonly events: LinkEvents },
  ) {
    this.#identity = identity;
    this.#nowMs = () => deps.clock.monotonicMs();
    const { events } = deps;
    const heard: LinkEvents = {
      up: (node) => events.up(node),
      down: (node) => {
        this.#owesSinceMs.delete(node);
        events.down(node);
      },
      received: (node, frame) => {
        this.#owesSinceMs.delete(node);
        events.received(node, frame);
      },
    };
    this.#links = new Map(
      identity.configuration.members.map((member) => [
        member.id,
        new Link({ member, identity }, { ...deps, events: heard }),
      ]),
    );
  }

  get nodes(): readonly NodeId[] {
    return [...this.#links.keys()];
  }

  /** Linked, and not silent. */
  serving(): readonly NodeId[] {
    const missing = new Set(this.missing().map(({ node }) => node));
    return this.nodes.filter((node) => !missing.has(node));
  }

  isUp(node: NodeId): boolean {
    return this.#links.get(node)?.isUp ?? false;
  }

  send(node: NodeId, frame: Uint8Array): boolean {
    return this.#links.get(node)?.send(frame) ?? false;
  }

  /** To every node that is linked: how many took it. */
  sendToAll(frame: Uint8Array): number {
    let sent = 0;
    for (const link of this.#links.values()) if (link.send(frame)) sent++;
    return sent;
  }

  /** A frame that an honest node answers at once was sent to it. */
  expectAnswer(node: NodeId): void {
    if (!this.#owesSinceMs.has(node)) this.#owesSinceMs.set(node, this.#nowMs());
  }

  /** L2: what is signed wrongly or cannot be decoded ends its connection. */
  drop(node: NodeId, reason: string): void {
    this.#links.get(node)?.drop(reason);
  }

  tick(nowMs: number): void {
    for (const [node, sinceMs] of this.#owesSinceMs)
      if (nowMs - sinceMs >= DEAD_MS) this.drop(node, `was silent for ${DEAD_MS / 1000} s`);
    for (const link of this.#links.values()) link.tick(nowMs);
  }

  close(): void {
    for (const link of this.#links.values()) link.close();
  }

  /** The nodes that do not serve this client now; all of them are voters. */
  missing(): readonly MissingNode[] {
    const missing: MissingNode[] = [];
    for (const [node, link] of this.#links) {
      const reason = this.#whyMissing(node, link);
      if (reason !== null) missing.push({ node, address: link.member.address, reason });
    }
    return missing;
  }

  missingNode(node: NodeId): MissingNode | null {
    return this.missing().find((missing) => missing.node === node) ?? null;
  }

  #whyMissing(node: NodeId, link: Link): string | null {
    if (!link.isUp) return link.fault?.reason ?? 'not reached yet';
    const sinceMs = this.#owesSinceMs.get(node);
    const silentMs = sinceMs === undefined ? 0 : this.#nowMs() - sinceMs;
    return silentMs >= SILENT_MS ? `silent for ${Math.round(silentMs / 100) / 10} s` : null;
  }

  /** Whether the nodes that serve are a quorum (section 1). */
  hasQuorum(): boolean {
    return this.#isQuorum(this.serving());
  }

  #isQuorum(nodes: readonly NodeId[]): boolean {
    const { configuration, trust } = this.#identity;
    return isQuorum(configuration.sets, new Set(nodes), trust.faults);
  }

  /**
   * What cannot mend itself: so many nodes turn this client away for one reason that those left are no quorum; one of
   * them is honest, since liars alone leave one. A Reject is unsigned, so that fewer count for nothing and links go on
   * being tried.
   */
  permanentFault(): TangaroaError | null {
    const isTurnedAway = (code: RejectCode): boolean =>
      !this.#isQuorum(this.nodes.filter((node) => this.#links.get(node)?.fault?.code !== code));
    if (isTurnedAway('cluster'))
      return new TangaroaError(
        'wrong-cluster',
        'the nodes at these addresses belong to another cluster than the genesis document given here: ' +
          `use the genesis document of their data directories. ${describeMissing(this.missing())}`,
        { outcome: 'not-applied', retryable: false, missing: this.missing() },
      );
    if (isTurnedAway('unknown-id'))
      return new TangaroaError(
        'unknown-client',
        `the nodes do not list the client ${this.#identity.client.name}: ${describeMissing(this.missing())}`,
        { outcome: 'not-applied', retryable: false, missing: this.missing() },
      );
    return null;
  }
}
