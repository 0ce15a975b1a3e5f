/**
 * Stops the program when `condition` is false. For what only our own bug can break (architecture, habit 5):
 * whatever a peer, a client or a disk can cause is a returned verdict instead. On in production.
 *
 * @throws AssertionError
 */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** The compiler proves that a switch is exhaustive; this catches what reaches it all the same. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable: ${JSON.stringify(value)}`);
}

export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}
