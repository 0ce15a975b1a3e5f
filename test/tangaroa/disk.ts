import type { AcceptedRecord, StoreRecord, TermRecord } from '../../src/consensus/core.ts';
import type { Certificate, CommitCertificate } from '../../src/consensus/model/certificate.ts';
import type { Entry } from '../../src/consensus/model/entry.ts';
import type { Hash } from '../../src/consensus/model/ids.ts';
import type { EvidenceBody } from '../../src/consensus/model/message.ts';

/** A node's disk: what survives a crash. */
export class Disk {
  term: TermRecord | null = null;
  accepted: AcceptedRecord | null = null;
  prepared: Certificate | null = null;
  commit: CommitCertificate | null = null;
  readonly entries = new Map<Hash, Entry>();
  readonly evidence: EvidenceBody[] = [];

  write(record: StoreRecord): void {
    switch (record.type) {
      case 'entry':
        this.entries.set(record.entry.hash, record.entry);
        return;
      case 'drop':
        this.entries.delete(record.position.hash);
        return;
      case 'term':
        this.term = record.record;
        return;
      case 'accepted':
        this.accepted = record.record;
        return;
      case 'prepared':
        this.prepared = record.certificate;
        return;
      case 'commit':
        this.commit = record.certificate;
        return;
      case 'evidence':
        this.evidence.push(record.body);
        return;
      case 'vote':
        throw new Error('this core writes no vote record: plain Raft does');
      case 'halt':
        throw new Error('a core writes no halt record: its host does');
    }
  }
}
