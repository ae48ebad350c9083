/** A label that a site wrote in two languages, "选择语言 / Language", in the language of the screen; others stay whole. */
import { usePreferences } from '../preferences';

const chinese = /[\u3400-\u9fff]/;

export function labelIn(language: string, label: string): string {
  const parts = label.split(' / ');
  if (parts.length !== 2) return label;
  const [first, second] = parts as [string, string];
  if (chinese.test(first) === chinese.test(second)) return label;
  return chinese.test(first) === (language === 'zh-CN') ? first : second;
}

export function useLabel(): (label: string) => string {
  const language = usePreferences((preferences) => preferences.language);
  return (label) => labelIn(language, label);
}
