/** The stable code of a Node or LevelDB error (`ENOENT`, `LEVEL_LOCKED`), also one that stands in its causes. */
export function errorCodes(error: unknown): readonly string[] {
  const codes: string[] = [];
  let at: unknown = error;
  for (let depth = 0; depth < 8 && at instanceof Error; depth++, at = at.cause)
    if ('code' in at && typeof at.code === 'string') codes.push(at.code);
  return codes;
}

/** The outermost code, or 'unknown error'. */
export function errorCode(error: unknown): string {
  return errorCodes(error)[0] ?? 'unknown error';
}
