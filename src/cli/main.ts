#!/usr/bin/env node
/** The command `tangaroa`: reads the world, runs one command, ends with its exit code. */
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { buildProgram } from './program.ts';
import { realWorld } from './real-world.ts';
import { describeFailure } from './report-error.ts';
import { styleFor } from './output/style.ts';
import { isSet } from './world.ts';

function versionOf(packageFile: URL): string {
  const description: unknown = JSON.parse(readFileSync(packageFile, 'utf8'));
  const isDescription = typeof description === 'object' && description !== null;
  return isDescription && 'version' in description ? String(description.version) : 'unknown';
}

const world = realWorld();
const program = buildProgram(world, versionOf(new URL('../../package.json', import.meta.url)));
try {
  await program.parseAsync(process.argv);
} catch (error) {
  const failure = describeFailure(error, {
    json: process.argv.includes('--json') || isSet(world.env['TANGAROA_JSON']),
    debug: isSet(world.env['TANGAROA_DEBUG']),
    style: styleFor(world.err, world.env),
  });
  process.exitCode = failure.exitCode;
  if (failure.text !== '') await world.err.write(failure.text);
}
