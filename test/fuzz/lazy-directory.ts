/** A temporary directory that is there once it is used: targets are made to be listed, too. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export class LazyDirectory {
  readonly #name: string;
  #path: string | null = null;

  constructor(name: string) {
    this.#name = name;
  }

  get path(): string {
    this.#path ??= mkdtempSync(join(tmpdir(), `tangaroa-fuzz-${this.#name}-`));
    return this.#path;
  }

  remove(): Promise<void> {
    if (this.#path !== null) rmSync(this.#path, { recursive: true, force: true });
    this.#path = null;
    return Promise.resolve();
  }
}
