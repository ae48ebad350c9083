/** "示忙 · 培训", "通话 · 预约离席": the word of a state with its reason, or with what comes after it. */
import { useTranslation } from 'react-i18next';
import { useWords } from '@/lib/i18n/words';
import { planOf, reasonOf, wordOf } from './agent-state';
import type { LiveAgent } from './types';

export function useStateLabel(): (agent: Pick<LiveAgent, 'state' | 'reason' | 'pending_state' | 'pending_reason'>) => string {
  const { t } = useTranslation();
  const { word } = useWords();
  return (agent) => {
    const state = word('state', wordOf(agent));
    const reason = reasonOf(agent);
    if (reason) return t('state_with_reason', { state, reason: word('reason', reason) });
    const plan = planOf(agent);
    return plan ? t('state_with_plan', { state, plan: word('plan', plan) }) : state;
  };
}
