/** A run from start to end: a directory of its own, a stop that reaches every process, a time limit. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { Children } from '../cluster/children.mjs';
import { describeMachine, loadNow } from '../machine/machine.mjs';
import { makeResult } from './result.mjs';

/** @typedef {import('../reports/plan.mjs').Plan} Plan */
/** @typedef {import('./result.mjs').Result} Result */

const MINUTES = 60;
/** What is said of `--quick` holds on a slow machine too. */
const QUICK_MINUTES = 1.5;

export class Stopped extends Error {}

/** Aborts at the first signal. */
function stopOnSignals() {
  const controller = new AbortController();
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
    process.on(signal, () => controller.abort(new Stopped(`stopped by ${signal}`)));
  return controller.signal;
}

/**
 * @param {string} report its name
 * @param {Plan} plan
 * @param {{ directory: string | null, minutes: number | null, quick: boolean }} options
 * @returns {Promise<Result>}
 * @throws Stopped after a signal, when all processes and the directory are gone
 */
export async function runSession(report, { pace, measure }, { directory, minutes, quick }) {
  const stop = stopOnSignals();
  const machine = describeMachine();
  const children = new Children(stop);
  const own = mkdtempSync(join(directory ?? tmpdir(), 'tangaroa-bench-'));
  const endMs = performance.now() + (minutes ?? (quick ? QUICK_MINUTES : MINUTES)) * 60_000;
  const isLate = () => performance.now() > endMs;
  try {
    const findings = await measure({
      stop,
      children,
      directory: own,
      isLate,
      say: (text) => void process.stderr.write(`${text}\n`),
    });
    const ended = new Date().toISOString();
    const run = { report, machine, loadAtEnd: loadNow(), ended, pace, isLate: isLate() };
    return makeResult(findings, run);
  } catch (error) {
    stop.throwIfAborted();
    throw error;
  } finally {
    await children.end();
    rmSync(own, { recursive: true, force: true, maxRetries: 20 });
  }
}
