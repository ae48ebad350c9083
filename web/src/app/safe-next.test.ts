import { describe, expect, it } from 'vitest';
import { safeNext } from './safe-next';

describe('the way back after login', () => {
  it('stays on this site', () => {
    expect(safeNext('/calls?period=all')).toBe('/calls?period=all');
    for (const evil of ['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)', 7, undefined]) expect(safeNext(evil)).toBeUndefined();
  });
});
