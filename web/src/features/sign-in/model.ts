/** What the server's refusals of a login mean to the person. */
import { ApiError } from '@/lib/api/client';

export interface Refusal { key: 'wrong_credentials' | 'too_many' | 'unreachable' | 'other'; code: string; waitS: number }

export function refusalOf(error: unknown): Refusal {
  if (!(error instanceof ApiError)) return { key: 'other', code: 'unreadable', waitS: 0 };
  const { status, code, problem } = error;
  if (code === 'too-many-attempts' || status === 429) return { key: 'too_many', code, waitS: Math.max(1, Math.ceil(problem.retry_after_s ?? 30)) };
  if (status === 401) return { key: 'wrong_credentials', code, waitS: 0 };
  return { key: status === 0 ? 'unreachable' : 'other', code, waitS: 0 };
}

export const passwordMin = 10;

export type PasswordFault = 'short' | 'has_name' | 'same' | 'differs';

/** The first rule that a new password breaks. */
export function passwordFault(next: string, old: string, name: string): PasswordFault | null {
  if (next.length < passwordMin) return 'short';
  if (name.length > 2 && next.toLowerCase().includes(name.toLowerCase())) return 'has_name';
  return next === old ? 'same' : null;
}
