/** What a supervised node tells its parent over the IPC channel. The channel's end means that the parent is gone. */
import type { CliError } from '../cli-error.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import type { ExitName } from '../exit-codes.ts';

export type ChildMessage =
  | { readonly type: 'ready'; readonly address: string }
  | {
      readonly type: 'failed';
      readonly exit: ExitName;
      readonly code: string;
      readonly message: string;
      readonly hint: string | null;
    };

export function failedMessage(error: CliError): ChildMessage {
  const { exit, code, message, hint } = error;
  return { type: 'failed', exit, code, message, hint };
}

/** The message, or null for what is none of ours. */
export function parseChildMessage(value: unknown): ChildMessage | null {
  if (typeof value !== 'object' || value === null || !('type' in value)) return null;
  if (value.type === 'ready' && 'address' in value && typeof value.address === 'string')
    return { type: 'ready', address: value.address };
  if (value.type !== 'failed' || !('exit' in value) || !('message' in value)) return null;
  const { exit, message } = value;
  if (typeof exit !== 'string' || !(exit in EXIT_CODES) || typeof message !== 'string') return null;
  const code = 'code' in value && typeof value.code === 'string' ? value.code : exit;
  const hint = 'hint' in value && typeof value.hint === 'string' ? value.hint : null;
  return { type: 'failed', exit: exit as ExitName, code, message, hint };
}
