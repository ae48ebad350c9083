/** "示忙 · 培训": the word of a state with its reason. */
import { useTranslation } from 'react-i18next';
import { useWords } from '@/lib/i18n/words';
import { reasonOf, wordOf } from './agent-state';
import type { LiveAgent } from './types';

export function useStateLabel(): (agent: Pick<LiveAgent, 'state' | 'reason'>) => string {
  const { t } = useTranslation();
  const { word } = useWords();
  return (agent) => {
    const state = word('state', wordOf(agent));
    const reason = reasonOf(agent);
    return reason ? t('state_with_reason', { state, reason: word('reason', reason) }) : state;
  };
}
