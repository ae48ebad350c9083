/** Rules of the user forms. Pure but for the dice of the password. */
import { ApiError } from '@/lib/api/client';

export const namePattern = /^[a-z0-9][a-z0-9.-]{1,31}$/;
export const digitsPattern = /^\d{2,8}$/;
export const passwordMin = 10;

/** Letters and digits that nobody confuses when reading them aloud. */
const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789';

export function randomPassword(length = 14, random: (bytes: Uint32Array<ArrayBuffer>) => Uint32Array = (bytes) => crypto.getRandomValues(bytes)): string {
  return [...random(new Uint32Array(length))].map((value) => alphabet[value % alphabet.length]).join('');
}

/** Fields the server refused, for the form; empty when the refusal names none. */
export function refusedFields(error: unknown): { name: string; message: string; taken: boolean }[] {
  if (!(error instanceof ApiError)) return [];
  const named = (error.problem.errors ?? []).map(({ field, message }) => ({ name: field.split('.').at(-1) ?? field, message, taken: /taken|exists|unique|duplicate/i.test(message) }));
  if (named.length > 0 || error.status !== 409) return named;
  const name = ['agent_number', 'extension'].find((field) => error.code.includes(field.replace('_', '-'))) ?? 'name';
  return [{ name, message: '', taken: true }];
}
