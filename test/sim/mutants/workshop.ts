/**
 * Where mutants are made: their files stand beside those of a copy of the source and are compiled with it in one go,
 * types and all; a mutant is then a copy of the compiled simulator with its files put over the source's.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import type { Mutant } from './mutant.ts';
import { mutate, MutantError } from './mutant.ts';

/** Compiling everything takes a second or two; a busy machine more. */
const COMPILE_TIMEOUT_MS = 180_000;

/** What the mutants' files need beside the repository's own options: nothing of it is kept. */
const COMPILER_OPTIONS = {
  types: ['node'],
  composite: false,
  isolatedDeclarations: false,
  sourceMap: false,
  incremental: false,
};

export interface WorkshopOptions {
  /** The repository. */
  readonly root: string;
  /** A temporary directory that is the workshop's own, from which packages can be resolved. */
  readonly directory: string;
  /** The compiled simulator. */
  readonly base: string;
}

export class Workshop {
  readonly #options: WorkshopOptions;
  /** By mutant, the files it changes, below src. */
  readonly #files = new Map<string, readonly string[]>();

  constructor(options: WorkshopOptions) {
    this.#options = options;
  }

  /** The repository. */
  get root(): string {
    return this.#options.root;
  }

  get #source(): string {
    return join(this.#options.directory, 'source');
  }
  get #compiled(): string {
    return join(this.#options.directory, 'compiled');
  }

  /** Throws a `MutantError` that names every mutant that does not apply or does not compile. */
  compile(mutants: readonly Mutant[]): void {
    const { root } = this.#options;
    cpSync(join(root, 'src'), join(this.#source, 'src'), { recursive: true });
    const paths: string[] = [];
    const errors: string[] = [];
    for (const mutant of mutants) {
      try {
        paths.push(...this.#write(mutant));
      } catch (error) {
        if (!(error instanceof MutantError)) throw error;
        errors.push(error.message);
      }
    }
    if (errors.length > 0) throw new MutantError(errors.join('\n\n'));
    if (paths.length > 0) this.#runCompiler(paths);
  }

  #write(mutant: Mutant): readonly string[] {
    const changed = mutate(mutant, (file) => readFileSync(join(this.#source, 'src', file), 'utf8'));
    const paths = [...changed].map(([file, text]) => {
      const path = join('src', besideOf(file, mutant));
      writeFileSync(join(this.#source, path), text);
      return path;
    });
    this.#files.set(mutant.name, [...changed.keys()]);
    return paths;
  }

  #runCompiler(files: readonly string[]): void {
    const { root } = this.#options;
    const config = {
      extends: join(root, 'tsconfig.json'),
      compilerOptions: { ...COMPILER_OPTIONS, rootDir: this.#source, outDir: this.#compiled },
      files,
      references: [],
    };
    const path = join(this.#source, 'tsconfig.json');
    writeFileSync(path, JSON.stringify(config));
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const { status, stdout, error } = spawnSync(
      process.execPath,
      [tsc, '-p', path, '--pretty', 'false'],
      { encoding: 'utf8', timeout: COMPILE_TIMEOUT_MS },
    );
    if (status === 0) return;
    throw new MutantError(`a mutant does not compile:\n${error?.message ?? stdout}`);
  }

  /** Where a copy of the simulator stands that is the mutant. A mutant can have several, by number. */
  place({ name }: Pick<Mutant, 'name'>, number: number): string {
    const directory = join(this.#options.directory, `mutant-${number}`);
    cpSync(this.#options.base, directory, {
      recursive: true,
      filter: (path) => !path.endsWith('.map'),
    });
    for (const file of this.#files.get(name) ?? [])
      cpSync(
        join(this.#compiled, 'src', compiledName(besideOf(file, { name }))),
        join(directory, 'src', compiledName(file)),
      );
    return directory;
  }

  /** Where a copy of the source stands that is the mutant, with the tests beside it. */
  placeSource({ name }: Pick<Mutant, 'name'>, number: number): string {
    const { root } = this.#options;
    const directory = join(this.#options.directory, `source-${number}`);
    for (const part of ['src', 'test', 'package.json', 'tsconfig.json'])
      cpSync(join(root, part), join(directory, part), { recursive: true });
    for (const file of this.#files.get(name) ?? [])
      cpSync(join(this.#source, 'src', besideOf(file, { name })), join(directory, 'src', file));
    return directory;
  }

  /** Takes away what was put there. */
  remove(directory: string): void {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Of another name in the same place, so that it imports what the source imports. */
function besideOf(file: string, { name }: Pick<Mutant, 'name'>): string {
  return file.replace(/\.ts$/u, `.${name}.ts`);
}

function compiledName(file: string): string {
  return file.replace(/\.ts$/u, '.js');
}
