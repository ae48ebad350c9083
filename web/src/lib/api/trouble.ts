/** What went wrong with a query, in the three kinds a region can explain. */
import { ApiError } from './client';

export interface QueryTrouble { kind: 'network' | 'forbidden' | 'server'; code: string; at: number }

export function troubleOf(query: { error: unknown; errorUpdatedAt?: number }): QueryTrouble | null {
  if (!query.error) return null;
  const at = query.errorUpdatedAt || Date.now();
  if (!(query.error instanceof ApiError)) return { kind: 'server', code: 'unreadable', at };
  const { status, code } = query.error;
  if (status === 0) return { kind: 'network', code, at };
  return { kind: status === 403 ? 'forbidden' : 'server', code, at };
}

/** The code of an error, for a message. */
export const codeOf = (error: unknown): string => (error instanceof ApiError ? error.code : 'unreadable');
