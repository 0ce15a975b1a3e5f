/** What floods have in common: a stated rate, addresses to come from, and somebody honest who wants to get in meanwhile. */
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { openClient } from '../../../src/node/client-transport.ts';
import type { Outside } from '../attack.ts';
import { ATTACKERS_ADDRESS } from './link.ts';

const TICK_MS = 50;
/** After a pause of the process what was missed is not made up for at once. */
const CATCH_UP_MS = 250;

/** Acts so many times a second until the attack is over, however long each act takes; at most `atOnce` are under way. */
export async function paced(
  stop: AbortSignal,
  { perSecond, atOnce }: { readonly perSecond: number; readonly atOnce: number },
  act: (number: number) => Promise<void>,
): Promise<void> {
  const running = new Set<Promise<void>>();
  let owed = 0;
  let lastMs = performance.now();
  for (let number = 0; !stop.aborted;) {
    const nowMs = performance.now();
    owed += (Math.min(CATCH_UP_MS, nowMs - lastMs) / 1_000) * perSecond;
    lastMs = nowMs;
    for (; owed >= 1 && running.size < atOnce; owed--) {
      const done: Promise<void> = act(number++).finally(() => running.delete(done));
      running.add(done);
    }
    owed = Math.min(owed, (CATCH_UP_MS / 1_000) * perSecond + 1);
    await rest(stop, TICK_MS);
  }
  await Promise.all(running);
}

export async function rest(stop: AbortSignal, ms: number): Promise<void> {
  await sleep(ms, undefined, { signal: stop, ref: false }).catch(() => undefined);
}

/** Addresses of this machine that a crowd comes from: on Linux all of 127.0.0.0/8 is there. Never an honest node's. */
export function crowd(size: number): readonly string[] {
  if (process.platform !== 'linux') return [ATTACKERS_ADDRESS];
  return Array.from({ length: size }, (_, at) => `127.66.${at >> 8}.${at & 255}`);
}

const NEWCOMER_MS = 20_000;
const NEWCOMERS_EVERY_MS = 1_000;

/** L2: whoever floods keeps nobody out. An honest client comes anew every second, and is answered. */
export async function newcomers({ genesis, readerKey, stop, did, broke }: Outside): Promise<void> {
  while (!stop.aborted) {
    await using client = openClient({ genesis, secretKey: readerKey, timeoutMs: NEWCOMER_MS });
    try {
      await client.get('whoever-comes', { consistency: 'local' });
      did('an honest client came and was answered');
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      broke(`an honest client that came meanwhile was not answered: ${reason}`);
    }
    await rest(stop, NEWCOMERS_EVERY_MS);
  }
}
