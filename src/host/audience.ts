/** Whose results a node tells. */
import { limits } from '../base/limits.ts';
import type { ClientRequest } from '../consensus/model/request.ts';

export interface Audience {
  /** A client handed this request to this node. */
  asked(request: ClientRequest): void;
  /** Whether this node tells the result of the request with this digest; asked once, when it was executed. */
  hears(requestDigest: string): boolean;
}

/** C3: every voter tells every client, who believes f+1 of them. */
export const everyone: Audience = {
  asked: () => undefined,
  hears: () => true,
};

/** Plain Raft: a client hears of its request from the node that it asked, and believes it. */
export class WhoeverAsked implements Audience {
  readonly #digests = new Set<string>();

  asked({ digest }: ClientRequest): void {
    this.#digests.add(digest);
    if (this.#digests.size <= limits.askedMax) return;
    // The oldest: its client asks again, and is answered from the session.
    for (const oldest of this.#digests) return void this.#digests.delete(oldest);
  }

  hears(requestDigest: string): boolean {
    return this.#digests.delete(requestDigest);
  }
}
