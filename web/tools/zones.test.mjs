/** The import zones must bite: a trespass of each kind is an error, the lawful way is none. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';
import { expect, it } from 'vitest';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const eslint = new ESLint({ cwd: root });

async function trespasses(file, target) {
  const [result] = await eslint.lintText(`import '${target}';\n`, { filePath: join(root, 'src', file) });
  return result.messages.some((message) => message.ruleId === 'import-x/no-restricted-paths');
}

it.each([
  ['features/board/x.ts', '@/features/calls/calls-page'],
  ['features/board/x.ts', '@/app/router'],
  ['live/x.ts', '@/ui/card'],
  ['live/x.ts', '@/features/board/board-page'],
  ['ui/x.ts', '@/lib/api/client'],
  ['ui/x.ts', '@/live/store'],
  ['lib/x.ts', '@/live/store'],
  ['lib/x.ts', '@/ui/card'],
])('%s may not import %s', async (file, target) => {
  expect(await trespasses(file, target)).toBe(true);
}, 30_000);

it.each([
  ['app/x.ts', '@/features/board/board-page'],
  ['features/board/x.ts', '@/live/store'],
  ['features/board/x.ts', '@/features/board/model/order'],
  ['features/board/x.ts', '@/ui/card'],
  ['ui/x.ts', '@/lib/clock'],
  ['live/x.ts', '@/lib/api/types'],
])('%s may import %s', async (file, target) => {
  expect(await trespasses(file, target)).toBe(false);
}, 30_000);
