import { expect, it } from 'vitest';
import { labelIn } from './label';

it('takes the half of a two-language label that fits the screen', () => {
  expect(labelIn('zh-CN', '选择语言 / Language')).toBe('选择语言');
  expect(labelIn('en', '选择语言 / Language')).toBe('Language');
  expect(labelIn('en', 'Language / 选择语言')).toBe('Language');
});
it('leaves every other label whole', () => {
  for (const label of ['户号', 'Repair / billing', '报修 / 费用', 'a / b / 丙', '报修/Repair']) expect(labelIn('zh-CN', label)).toBe(label);
});
