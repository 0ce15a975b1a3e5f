/** The scenarios, and which mutants they say they break. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseScenario } from '../../scenario/language.ts';
import type { Script } from './hunt.ts';

export interface BreakingScript extends Script {
  /** Names of mutants. */
  readonly breaks: readonly string[];
}

/** By name. `root` is the repository. */
export function readScenarios(root: string): readonly BreakingScript[] {
  const directory = join(root, 'test/scenario/files');
  const files = readdirSync(directory).filter((file) => file.endsWith('.scenario'));
  return files.sort().map((file) => {
    const text = readFileSync(join(directory, file), 'utf8');
    const name = file.replace('.scenario', '');
    return { name, text, breaks: parseScenario(text, name).breaks };
  });
}
