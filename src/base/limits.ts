/**
 * Every size has a bound, and all bounds stand here (architecture, habit 6). The relations between them are asserted
 * at the end, when the module loads.
 */
import { assert } from './assert.ts';

export const limits = {
  /** A key and a value of the key-value machine. */
  keyBytesMax: 4_096,
  valueBytesMax: 1_048_576,
  /** Commands under one client signature; the session window of C2 cannot hold more. */
  commandsPerRequestMax: 256,
  /** A signed client request, whole. */
  requestBytesMax: 1_310_720,
  /** The payload of one entry. A leader closes a batch at `batchBytesTarget` unless one request alone is larger. */
  batchBytesMax: 2_097_152,
  batchBytesTarget: 524_288,
  requestsPerBatchMax: 4_096,
  /** What is put into one entry or Forward: a signature each, verified in one turn of the loop, 50 ms at 0.1 ms each. */
  requestsPerBatchTarget: 512,
  /** C2: how far above acknowledged-up-to a sequence number may lie. */
  sessionWindow: 256,
  /** What one request may answer with: scans stop in time and give a cursor. */
  resultBytesMax: 1_114_112,
  scanLimitMax: 2_048,
  /** Compares of a transaction, and operations of each of its two lists. */
  operationsPerTransactionMax: 128,
  /** Commands, compares and operations that one request may run. */
  operationsPerRequestMax: 1_024,
  /** What the reading commands of one entry may answer with together, and the reads they may do. */
  entryResultBytesMax: 16_777_216,
  entryReadsMax: 131_072,
  /** What LevelDB gathers of the state in memory, twice at most, before it writes a table. */
  stateBufferBytes: 8_388_608,
  /** Sessions that the machine keeps in memory; the others are read from disk when they are needed. */
  sessionsInMemoryMax: 1_024,
  /** N1: entries in flight above the commit index that a leader proposes in its own term. */
  window: 32,
  /** N1: with so many in flight, an entry is proposed only if it is full or carries so many bytes. */
  eagerEntries: 2,
  entryBytesWorthwhile: 131_072,
  /** No honest cluster comes to a term so high, and the next one is a safe integer still. */
  termMax: 4_503_599_627_370_496,
  /** N5: headers in a certificate. */
  certificateHeadersMax: 64,
  /** N4: later Responses kept per voter that cannot be placed yet. */
  unplacedPerVoterMax: 32,
  /** V1: indexes that are remembered of what one signer said in this term. */
  witnessedIndexesMax: 256,
  /** V1: evidence kept against one node: it can make any number of contradictions, one is enough to convict it. */
  evidencePerCulpritMax: 8,
  /** One piece of evidence: two statements with all headers that may come along, as they are stored, sent and shown. */
  evidenceBytesMax: 200_704,
  /** Its line in a file, and such a file: as much as a cluster of the largest size keeps. */
  evidenceLineBytesMax: 270_336,
  evidenceFileBytesMax: 67_108_864,
  /** Entries above the commit index that a follower accepts before it waits for a certificate. */
  acceptAheadMax: 128,
  acceptAheadBytesMax: 100_663_296,
  /** Everything above the commit index that a node holds, own chain and others. */
  heldEntriesMax: 2_048,
  heldBytesMax: 335_544_320,
  /** Entries that wait for the disk before peers are no longer heard: more than all that is held at once. */
  writesBytesMax: 402_653_184,
  /** Committed entries that wait for the machine before a node accepts no more. */
  applyLagMax: 512,
  /** Entries of one Entries message and their bytes; headers that link them to a proven position. */
  fetchEntriesMax: 1_024,
  fetchBytesMax: 1_048_576,
  /** What a node reads for one: more are 25 ms of one turn, and the next question is answered the sooner. */
  fetchEntriesTarget: 256,
  fetchHeadersMax: 1_024,
  /** Requests and votes in the entries of one Entries message: 65 ms to read, if they are executed. */
  fetchSignaturesMax: 8_192,
  /**
   * Those that a message asks to be verified, in all entries of one AppendEntries, or of an answer above what its
   * certificate proves: the most that one entry may carry. An honest AppendEntries brings one entry.
   */
  unprovenSignaturesMax: 4_096,
  /** A commit certificate is stored at least every so many entries, so that a fetch finds one within its headers. */
  certificateSpacing: 256,
  certificateSpacingBytes: 16_777_216,
  /** Committed headers that the core keeps in memory below the commit index. */
  recentHeaders: 2_048,
  /** Plain Raft: committed entries that stay in memory, for followers that lag a little. */
  raftCacheEntriesMax: 1_024,
  raftCacheBytesMax: 33_554_432,
  /** Entries and bytes of one AppendEntries, which takes one entry even if it is larger; loaded ones are a fetch answer. */
  raftAppendEntriesMax: 1_024,
  raftAppendBytesMax: 1_048_576,
  /** What a leader sends one follower ahead of its answers; the message that reaches the bound is the last. */
  raftInFlightBytesMax: 16_777_216,
  /** S3: the largest exponent of the timeouts. */
  backoffMax: 6,
  /** Voters of one set. */
  votersMax: 64,
  clientsMax: 1_024,
  identifierBytesMax: 32,
  genesisBytesMax: 262_144,
  /** Links (L1, L2). */
  frameBytesMax: 4_194_304,
  handshakeFrameBytesMax: 4_096,
  handshakeTimeoutMs: 5_000,
  /** Raw bytes, and one read more, that an end may send before it is authenticated: HTTP headers and its two frames. */
  handshakeBytesMax: 32_768,
  peerQueueBytesMax: 67_108_864,
  clientQueueBytesMax: 8_388_608,
  /** All peers' inbound queues together, and all clients' inbound or outbound ones: the fullest lane gives way (L2). */
  peerQueuesBytesMax: 268_435_456,
  clientQueuesBytesMax: 268_435_456,
  /** Authenticated connections of clients; peers have places of their own. */
  connectionsMax: 1_024,
  /** N3: messages to one peer, or to all, that wait for the disk; what is beyond is lost. */
  heldSendsMax: 1_024,
  /** What one drain of the host takes before time and disk get their turn: frames of peers, of clients, bytes of each. */
  drainPeerFramesMax: 512,
  drainClientFramesMax: 256,
  drainBytesMax: 16_777_216,
  /**
   * And signatures, 50 to 100 µs each: of peers up to a target, but one message whole (512 requests and three
   * certificates of an honest one; what has more than the maximum is verified piece by piece), and of clients, who have
   * their turn in every drain. A turn is short, since everything that a write needs waits for several of them.
   */
  drainPeerSignaturesTarget: 128,
  drainPeerSignaturesMax: 1_024,
  drainClientSignaturesMax: 128,
  /**
   * L2: what all peers together, a part each, may make this node check that brings nothing by its kind (all but new
   * entries and requests), counted in signatures: 2 % of a core. Beside it each has what an honest one says again
   * with every heartbeat: at most 200 a second of 64 voters and 100 ms, half a core for as many traitors as are borne.
   */
  peerChecksPerSecond: 256,
  peerChecksMax: 1_536,
  /** What each index that is certified gives back to every peer: it brings two Responses of each honest voter. */
  peerChecksPerEntry: 4,
  /** Client requests that are being looked up in the machine, and reads of one client that are being answered. */
  lookupsMax: 1_024,
  readsMax: 128,
  /** Of these, those that are looked for at once: the four threads that read the state write the log, too. */
  readsAtOnceMax: 2,
  readsPerClientMax: 64,
  /** The bytes of both: so much, and what one client sends at once. */
  lookupBytesMax: 16_777_216,
  /**
   * What a turn may answer that small frames ask for: results that were executed before, and what a node says of itself
   * (status, evidence: 20 ms for a megabyte), of which each counts as so much at least.
   */
  drainAnswerBytesMax: 1_048_576,
  ownBytesMin: 8_192,
  /**
   * L2: what of a node's time each client takes while turns come later than this: so many microseconds a second, or so
   * many percent of what the one in the middle takes of those who want more all the time, whichever is more.
   */
  turnLateMs: 1,
  clientWorkFreeUs: 10_000,
  clientWorkPercent: 150,
  /** S4: requests of one client that a pool keeps from one voter; an honest one has no more under way than C2's window. */
  pendingPerClientMax: 1_024,
  /** Plain Raft: requests whose clients wait for this node's word. */
  askedMax: 65_536,
  /** Committed entries that wait in memory to be applied; what is beyond is read from the store again. */
  applyQueueBytesMax: 67_108_864,
  /**
   * A peer's fetches are answered at most this often, unless there is more to be had, and with so many bytes a second, of
   * which each entry and header counts as so many more: 1,024 small entries take 20 to 30 ms to read, the smallest answer
   * 0.5 ms.
   */
  serveIntervalMs: 50,
  serveBytesPerSecond: 33_554_432,
  serveRecordBytes: 1_024,
  /**
   * L2: what peers are served that they were served before, a part each: at once and in a second, counted alike, and how
   * much an answer counts at least. So many traitors as are borne take 2 % of a core with it, from the log, and less from
   * memory, which has an account of its own.
   */
  serveAgainBytesMax: 6_291_456,
  serveAgainBytesPerSecond: 786_432,
  serveAgainBytesMin: 65_536,
  /** Answers that are read from the log at once: there are four threads, and they write the log, too. */
  servedAtOnceMax: 2,
  /** Proven links that one node or client may open at once, and in a second: a handshake takes a node some 2 ms. */
  linksOpenedMax: 16,
  linksOpenedPerSecond: 2,
  /** Of the links that it opens beyond, so many are refused and no harm done; its address answers for the others. */
  linksRefusedPerSecond: 8,
  /**
   * Frames that it may send in a second, pings too, on all its links: whoever sends more is read later. An honest frame
   * carries a signature, 50 to 100 µs to check: a machine three times as fast does not check so many.
   */
  framesPerSecond: 65_536,
  /**
   * Parts of frames that clients' ends have sent and not finished, together: 400 puts of a megabyte over slow lines. Who
   * would take longest to send again what it holds, at its pace, is cut off first.
   */
  partialBytesMax: 268_435_456,
  connectionsPerClientMax: 4,
  connectionsPerAddressMax: 512,
  unauthenticatedMax: 256,
  unauthenticatedPerAddressMax: 64,
  /** Connections in a second that may try although they would be refused, while a peer of their address is missed. */
  expectedTriesPerSecond: 64,
  /**
   * Lines of one kind and of one peer or client in the log at once, and in a second; and of one kind: what others do must
   * not fill the disk, nor hide what somebody else does.
   */
  logLinesMax: 64,
  logLinesPerSecond: 4,
  logLinesOfAllMax: 1_024,
  logLinesOfAllPerSecond: 64,
  /** Connections without a proof that one address may make at once, and how many of them a second forgives. */
  handshakeFailuresMax: 64,
  handshakeFailuresForgivenPerSecond: 8,
  /**
   * The same of all addresses together: one that comes to nothing takes a node up to 1 ms, so all take 3 % of a core, and
   * 130 ms at once. Who is refused takes a fifth of that.
   */
  strangersFailedMax: 128,
  strangersForgivenPerSecond: 32,
  /** Of these kept for who comes where nobody failed lately, and of those for addresses that somebody is known from. */
  strangersKeptForBlameless: 64,
  strangersKeptForKnown: 32,
  /** Addresses that are known, and neighbourhoods where somebody failed: the last ones are remembered. */
  addressesRememberedMax: 4_096,
  /** A link is pinged when nothing came for the interval, and given up when the ping stays unanswered. */
  peerPingIntervalMs: 1_000,
  peerSilenceMs: 5_000,
  clientPingIntervalMs: 10_000,
  clientSilenceMs: 30_000,
  /** A link whose other end takes nothing of what is queued for so long is given up. */
  linkStuckMs: 30_000,
  /** Pings are answered while no more than this is queued: pongs must not fill memory. */
  pongQueueBytesMax: 65_536,
  /** How long an end may take to finish closing. */
  closeTimeoutMs: 1_000,
  dialDelayMinMs: 50,
  dialDelayMaxMs: 1_000,
  /** How long a leader that stops waits for the end of its term, and any node for what is under way. */
  handOverMs: 1_000,
  drainTimeoutMs: 5_000,
  /** A link that lived so long starts its delays anew. */
  linkStableMs: 5_000,
  /** What the buffer for passing bytes keeps between two uses. */
  passingBytesMax: 1_048_576,
  /** Verified (statement, signature) pairs remembered (M6). */
  verifiedSignaturesMax: 16_384,
  /**
   * L3: native refusals that noble judges for one peer at once, 2 ms each: an honest message may pass on two
   * certificates of traitors' making. And how many a second gives back, of all peers together.
   */
  recheckBudgetMax: 64,
  rechecksForgivenPerSecond: 64,
} as const;

assert(limits.commandsPerRequestMax <= limits.sessionWindow, 'a request fits the session window');
assert(
  limits.keyBytesMax + limits.valueBytesMax + 4_096 <= limits.requestBytesMax,
  'the largest put fits a request',
);
assert(limits.requestBytesMax + 4_096 <= limits.batchBytesMax, 'the largest request fits a batch');
assert(
  limits.batchBytesTarget <= limits.batchBytesMax &&
    limits.requestsPerBatchTarget <= limits.requestsPerBatchMax,
  'the targets are within the bounds',
);
assert(limits.batchBytesMax + 1_048_576 <= limits.frameBytesMax, 'a full batch fits a frame');
assert(
  limits.fetchBytesMax + limits.batchBytesMax + 1_048_576 <= limits.frameBytesMax,
  'a full fetch answer fits a frame',
);
assert(limits.window <= limits.certificateHeadersMax, 'an honest window can be certified (N5)');
assert(
  limits.certificateSpacing + limits.certificateHeadersMax <= limits.fetchHeadersMax,
  'a fetch always reaches a stored certificate',
);
assert(limits.frameBytesMax <= limits.drainBytesMax, 'a drain takes at least one frame');
assert(limits.frameBytesMax < limits.peerQueueBytesMax, 'the largest frame fits a queue');
assert(limits.requestBytesMax + 4_096 < limits.clientQueueBytesMax, 'a request fits a queue');
assert(limits.window <= limits.acceptAheadMax, 'a follower accepts an honest window');
assert(limits.entryBytesWorthwhile <= limits.batchBytesTarget, 'a batch can be worth an entry');
assert(
  2 * limits.acceptAheadMax <= limits.witnessedIndexesMax,
  'what is said of all that a follower accepts is remembered, and so is a whole message of entries',
);
assert(
  limits.witnessedIndexesMax <= limits.fetchHeadersMax &&
    limits.fetchHeadersMax < limits.recentHeaders,
  'what is remembered can be shown',
);
assert(limits.valueBytesMax + 64_096 <= limits.resultBytesMax, 'the largest value can be answered');
assert(limits.frameBytesMax <= limits.clientQueueBytesMax, 'the largest frame fits an empty queue');
assert(
  2 * limits.handshakeFrameBytesMax < limits.handshakeBytesMax,
  'a handshake fits what an unauthenticated end may send',
);
assert(
  limits.unauthenticatedPerAddressMax <= limits.unauthenticatedMax &&
    limits.unauthenticatedPerAddressMax < limits.connectionsPerAddressMax,
  'one address cannot take every place',
);
assert(
  limits.strangersFailedMax + limits.expectedTriesPerSecond < limits.unauthenticatedMax &&
    limits.handshakeFailuresMax <= limits.unauthenticatedPerAddressMax,
  'all that come at once have places: who shakes hands is not evicted by who comes after it',
);
assert(
  limits.strangersKeptForKnown < limits.strangersKeptForBlameless &&
    limits.strangersKeptForBlameless < limits.strangersFailedMax,
  'known addresses come before blameless ones, and these before others',
);
assert(
  2 * limits.operationsPerTransactionMax + limits.commandsPerRequestMax <=
    limits.operationsPerRequestMax,
  'the largest transaction can run',
);
assert(limits.resultBytesMax <= limits.entryResultBytesMax, 'a whole answer fits an entry');
assert(
  limits.acceptAheadMax + limits.fetchEntriesMax <= limits.heldEntriesMax &&
    limits.acceptAheadBytesMax + limits.fetchBytesMax <= limits.heldBytesMax,
  'an honest window and a fetch answer are held together',
);
assert(
  limits.raftAppendBytesMax + limits.batchBytesMax + 1_048_576 <= limits.frameBytesMax,
  'a full AppendEntries fits a frame',
);
assert(
  limits.fetchEntriesMax <= limits.raftAppendEntriesMax,
  'what was loaded fits an AppendEntries',
);
assert(
  limits.raftInFlightBytesMax + limits.frameBytesMax < limits.peerQueueBytesMax,
  'what is in flight to a follower fits its queue',
);
assert(
  limits.raftCacheEntriesMax < limits.recentHeaders,
  'a cached entry has its predecessor named',
);
assert(
  2 * limits.fetchHeadersMax * 97 + 1_024 <= limits.evidenceBytesMax &&
    limits.evidenceBytesMax + 64 <= limits.resultBytesMax,
  'evidence with all its headers fits an answer to a client',
);
assert(
  (limits.evidenceBytesMax / 3) * 4 + 1_536 <= limits.evidenceLineBytesMax &&
    Math.floor((limits.votersMax - 1) / 3) *
      limits.evidencePerCulpritMax *
      limits.evidenceLineBytesMax <=
      limits.evidenceFileBytesMax,
  'all evidence against as many traitors as are borne fits a file',
);
assert(
  limits.recheckBudgetMax >= 2 * Math.floor((limits.votersMax - 1) / 3),
  'what an honest message passes on of traitors can be judged (L3)',
);
assert(
  limits.requestsPerBatchMax <= limits.unprovenSignaturesMax &&
    2 * limits.votersMax <= limits.unprovenSignaturesMax &&
    limits.unprovenSignaturesMax <= limits.fetchSignaturesMax,
  'whatever entry is valid can be sent',
);
assert(
  limits.requestsPerBatchTarget + 3 * 2 * limits.votersMax + 1 <= limits.drainPeerSignaturesMax,
  'what an honest leader sends is verified in one turn',
);
assert(
  limits.unprovenSignaturesMax < limits.verifiedSignaturesMax / 2,
  'what is verified of a message piece by piece is remembered until it is done',
);
assert(
  limits.sessionWindow <= limits.pendingPerClientMax,
  'all that an honest client has under way is kept',
);
assert(limits.heldBytesMax < limits.writesBytesMax, 'all that a node holds may wait for its disk');
assert(
  3 * limits.fetchBytesMax <= limits.serveAgainBytesMax,
  'each of three peers may lose an answer and is served it again at once',
);
