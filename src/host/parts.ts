/** What a host is made of. */
import type { Input, Now, Ticket } from '../consensus/core.ts';
import type { Configuration } from '../consensus/model/configuration.ts';
import type { Entry } from '../consensus/model/entry.ts';
import type { NodeId } from '../consensus/model/ids.ts';
import type { Machine, Outcome } from '../machine/machine.ts';
import type { WireContext } from '../wire/context.ts';
import { Answers } from './answers.ts';
import { Applier } from './applier.ts';
import { ClientDesk } from './client-desk.ts';
import { ClientShares, WORK_US } from './client-shares.ts';
import type { HostFailureCode } from './failure.ts';
import { FetchServer } from './fetch-server.ts';
import { GroupWriter } from './group-writer.ts';
import { Loader } from './loader.ts';
import { rolesOf } from './machine-entry.ts';
import { Outbox } from './outbox.ts';
import { PeerDesk } from './peer-desk.ts';
import type { Clock, Links, Log, LogStore } from './ports.ts';
import type { AnyMessage, Protocol } from './protocol.ts';
import type { Counters } from './status.ts';

export interface HostOptions {
  readonly self: NodeId;
  readonly configuration: Configuration;
}

export interface HostDeps<M extends AnyMessage> extends Protocol<M> {
  /** At the core's commit index (`replayCommitted`). */
  readonly machine: Machine;
  readonly store: LogStore;
  readonly links: Links;
  readonly clock: Clock;
  readonly log: Log;
  readonly context: WireContext;
}

type Unstamped<T> = T extends { readonly now: Now } ? Omit<T, 'now'> : never;
/** An input before the clock was read. */
export type Happening<M> = Unstamped<Input<M>>;

/** What the parts tell the host. */
export interface HostCallbacks<M> {
  readonly onDurable: (ticket: Ticket) => void;
  readonly onApplied: (entry: Entry, outcomes: readonly Outcome[]) => void;
  readonly onLoaded: (peer: NodeId, entries: readonly Entry[]) => void;
  readonly onIdle: () => void;
  readonly onFailure: (code: HostFailureCode, error: unknown) => void;
  readonly happened: (happening: Happening<M>) => void;
  readonly wake: () => void;
  readonly answerOwn: (query: Uint8Array) => Uint8Array;
}

export interface HostParts<M extends AnyMessage> {
  readonly writer: GroupWriter;
  readonly outbox: Outbox<M>;
  readonly applier: Applier;
  readonly fetches: FetchServer;
  readonly loader: Loader;
  readonly answers: Answers;
  readonly peers: PeerDesk<M>;
  readonly clients: ClientDesk;
  readonly shares: ClientShares;
}

/** The parts of a host, wired to each other and to it. */
export function assemble<M extends AnyMessage>(
  { self, configuration }: HostOptions,
  deps: HostDeps<M>,
  counters: Counters,
  host: HostCallbacks<M>,
): HostParts<M> {
  const { core, machine, store, links, signer, audience, context, verifier, wire } = deps;
  const roleOf = rolesOf(configuration);
  const epoch = () => core.status().epoch;
  const onMachineFailure = (error: unknown): void => host.onFailure('machine-failed', error);
  const others = configuration.members.map(({ id }) => id).filter((id) => id !== self);
  const nowMs = (): number => deps.clock.now().monotonicMs;
  const shares = new ClientShares();
  const outbox = new Outbox<M>({ others }, { links, counters, encode: wire.encode });
  const answers = new Answers({
    digest: context.digest,
    signer,
    audience,
    links,
    counters,
    epoch,
    prepared: () => core.status().prepared.index,
    onSent: (client, bytes, connections) =>
      shares.answered(client, WORK_US.answer + bytes * connections * WORK_US.byteAnswered, nowMs()),
  });
  return {
    outbox,
    answers,
    shares,
    writer: new GroupWriter({
      write: (records) => store.write(records),
      onDurable: host.onDurable,
      onFailure: (error) => host.onFailure('store-failed', error),
    }),
    applier: new Applier({
      machine,
      store,
      roleOf,
      onApplied: host.onApplied,
      onIdle: host.onIdle,
      onFailure: onMachineFailure,
    }),
    fetches: new FetchServer(
      { peers: others.length },
      {
        store,
        send: (to, body) =>
          outbox.send({ type: 'send', to, message: wire.entries(body), after: null }, 0),
        onIdle: host.onIdle,
        onFailure: onMachineFailure,
      },
    ),
    loader: new Loader({
      store,
      onLoaded: host.onLoaded,
      onIdle: host.onIdle,
      onFailure: onMachineFailure,
    }),
    peers: new PeerDesk<M>(
      {
        others: others.length,
        heartbeatIntervalMs: configuration.parameters.heartbeatIntervalMs,
      },
      {
        wire,
        links,
        counters,
        wants: (message, from) => core.wants(message, from),
        term: () => core.status().term,
        certified: () => core.certified(),
        onMessage: (from, message) => host.happened({ type: 'received', from, message }),
        onAccused: ({ culprit, epoch: inEpoch, term, reason }) =>
          host.happened({ type: 'accused', culprit, epoch: inEpoch, term, reason }),
      },
    ),
    clients: new ClientDesk({
      context,
      verifier,
      machine,
      links,
      answers,
      shares,
      counters,
      log: deps.log,
      roleOf,
      epoch,
      nowMs,
      answerOwn: host.answerOwn,
      onRequest: (request) => {
        audience.asked(request);
        host.happened({ type: 'requested', request });
      },
      wake: host.wake,
      onFailure: onMachineFailure,
    }),
  };
}
