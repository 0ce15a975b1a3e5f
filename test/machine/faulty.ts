import type { DatabaseBatch, MachineDatabase } from '../../src/machine/database.ts';
import type { Memory } from './support.ts';

/** A database whose batches do as told; everything else is the real one's. */
export class Faulty implements MachineDatabase {
  readonly real: Memory;
  /** Batches written so far. */
  batches = 0;
  fault: 'none' | 'lost' | 'written-and-lost' = 'none';
  /** Held back until it resolves. */
  gate: Promise<void> = Promise.resolve();

  constructor(real: Memory) {
    this.real = real;
  }
  open(): Promise<void> {
    return this.real.open();
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
  getSync(name: Uint8Array): Uint8Array | undefined {
    return this.real.getSync(name);
  }
  iterator(range: { gte: Uint8Array; lt: Uint8Array }): ReturnType<MachineDatabase['iterator']> {
    return this.real.iterator(range);
  }
  batch(): DatabaseBatch {
    const batch = this.real.batch();
    const write = async (): Promise<void> => {
      this.batches++;
      await this.gate;
      if (this.fault === 'lost') throw new Error('disk full');
      await batch.write();
      if (this.fault === 'written-and-lost') throw new Error('disk gone');
    };
    return { put: (k, v) => batch.put(k, v), del: (k) => batch.del(k), write };
  }
}
