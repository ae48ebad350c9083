import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';

it('has types that are those of the server’s description', () => {
  expect(() => execFileSync(process.execPath, ['tools/types.mjs', '--check'])).not.toThrow();
}, 30_000);
