/** Unverified is another type (architecture, habit 2). */
declare const verified: unique symbol;

/**
 * A value whose every signature, hash link and quorum was checked under the keys of its epoch. Only `crypto/` makes
 * one; the core takes nothing else.
 */
export type Verified<T> = T & { readonly [verified]: true };
