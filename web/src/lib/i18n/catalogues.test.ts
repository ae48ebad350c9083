import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { en } from './en';
import { zhCn } from './zh-cn';

type Tree = { [key: string]: string | Tree };

function flat(tree: Tree, path = ''): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(tree)) {
    const name = path ? `${path}.${key}` : key;
    if (typeof value === 'string') found.set(name, value);
    else flat(value, name).forEach((text, below) => found.set(below, text));
  }
  return found;
}
const chinese = flat(zhCn as Tree);
const english = flat(en as Tree);
/** English has a form for one, Chinese has none. */
const singular = /_one$/;
const holes = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => (name === 'ss' ? 's' : name)).sort();

describe('the catalogues', () => {
  it('have the same keys', () => {
    const wanted = [...english.keys()].filter((key) => !singular.test(key)).sort();
    expect([...chinese.keys()].sort()).toEqual(wanted);
  });
  it('have no empty text, and no Chinese in English', () => {
    for (const [key, text] of [...chinese, ...english]) expect(text.trim(), key).not.toBe('');
    for (const [key, text] of english) expect(text, key).not.toMatch(/[\u4e00-\u9fff]/);
  });
  it('have the same holes for values', () => {
    for (const [key, text] of chinese) expect(holes(text), key).toEqual(holes(english.get(key) ?? ''));
  });
  it('use the words of the glossary', () => {
    for (const [key, text] of chinese) expect(text, key).not.toMatch(/坐席|示闲|话务员|用户组|暂无数据|！/);
    for (const [key, text] of english) expect(text, key).not.toMatch(/!|operator/i);
  });
  it('hold every word the pages write: no Chinese in code', () => {
    const root = join(import.meta.dirname, '../..');
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => /\.tsx?$/.test(name) && !name.includes('.test.') && !name.includes('i18n'));
    for (const name of files) {
      const code = readFileSync(join(root, name), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
      expect(code, name).not.toMatch(/[\u4e00-\u9fff]/);
    }
  });
});
