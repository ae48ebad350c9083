import { describe, expect, it } from 'vitest';
import { ApiError } from '@/lib/api/client';
import { passwordFault, refusalOf } from './model';

describe('a refused login', () => {
  it('is told apart', () => {
    expect(refusalOf(new ApiError({ status: 401, code: 'wrong-credentials' })).key).toBe('wrong_credentials');
    expect(refusalOf(new ApiError({ status: 429, code: 'too-many-attempts', retry_after_s: 17.2 }))).toMatchObject({ key: 'too_many', waitS: 18 });
    expect(refusalOf(new ApiError({ status: 0, code: 'unreachable' })).key).toBe('unreachable');
    expect(refusalOf(new ApiError({ status: 500, code: 'internal' })).key).toBe('other');
  });
});

describe('a new password', () => {
  it('is long, new, and not the name', () => {
    expect(passwordFault('short', 'old', 'li')).toBe('short');
    expect(passwordFault('my-Cordula-secret', 'old', 'cordula')).toBe('has_name');
    expect(passwordFault('a-good-long-one', 'a-good-long-one', 'li')).toBe('same');
    expect(passwordFault('a-good-long-one', 'old', 'li')).toBeNull();
  });
});
