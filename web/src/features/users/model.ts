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

export type Fault = 'taken' | 'weak' | 'name' | 'display_name' | 'digits' | 'refused';
const faults: Record<string, Fault> = { name: 'name', display_name: 'display_name', agent_number: 'digits', extension: 'digits', password: 'weak' };

/** Fields the server refused with what is wrong, for the form; empty when the refusal names none. */
export function refusedFields(error: unknown): { name: string; fault: Fault }[] {
  if (!(error instanceof ApiError)) return [];
  const { code, errors = [] } = error.problem;
  return errors.map(({ field }) => {
    const name = field.split('.').at(-1) ?? field;
    return { name, fault: code === 'name-taken' ? 'taken' : faults[name] ?? 'refused' };
  });
}
