/** What each kind of command answers. */
import { toFound, toOperationAnswer, toPage, toRevision } from './answers.ts';
import type {
  DeleteAnswer,
  GetAnswer,
  IncrementAnswer,
  PutAnswer,
  ScanPage,
  TransactionAnswer,
} from './api.ts';
import type { Kind } from './ordered.ts';

export const PUT: Kind<'put', PutAnswer> = {
  type: 'put',
  answer: ({ revision }, provenance) => ({ revision: toRevision(revision), ...provenance }),
};

export const GET: Kind<'get', GetAnswer> = {
  type: 'get',
  answer: ({ found }, provenance) => ({ ...toFound(found), ...provenance }),
};

export const DELETE: Kind<'delete', DeleteAnswer> = {
  type: 'delete',
  answer: ({ existed }, provenance) => ({ existed, ...provenance }),
};

export const INCREMENT: Kind<'increment', IncrementAnswer> = {
  type: 'increment',
  answer: ({ value, revision }, provenance) => ({
    value,
    revision: toRevision(revision),
    ...provenance,
  }),
};

export const SCAN: Kind<'scan', ScanPage> = { type: 'scan', answer: toPage };

export const TRANSACTION: Kind<'transaction', TransactionAnswer> = {
  type: 'transaction',
  answer: ({ succeeded, results }, provenance) => ({
    succeeded,
    results: results.map(toOperationAnswer),
    ...provenance,
  }),
};
