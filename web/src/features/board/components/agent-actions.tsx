/** What a supervisor may do with an agent now. Signing somebody out asks first, naming the person. */
import { useMutation } from '@tanstack/react-query';
import { App, Button, Dropdown } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/lib/api/client';
import { codeOf } from '@/lib/api/trouble';
import { planOf } from '@/live/agent-state';
import { useStale } from '@/live/selectors';
import type { LiveAgent } from '@/live/types';
import { Icon } from '@/ui/icons/icon';

type Verb = 'ready' | 'not_ready' | 'sign_out';

export function AgentActions({ agent }: { agent: LiveAgent }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const lost = useStale();
  const [asking, setAsking] = useState(false);
  const { mutate, isPending } = useMutation({
    mutationFn: (verb: Verb) => api.post(`/api/agents/${encodeURIComponent(agent.id)}/${verb}`, verb === 'not_ready' ? { reason: 'forced' } : {}),
    onSuccess: () => message.success(t('board.agents.done', { name: agent.name })),
    onError: (error) => message.error(t('board.agents.failed', { name: agent.name, code: codeOf(error) })),
    onSettled: () => setAsking(false),
  });
  if (agent.state === 'signed_out') return null;
  if (asking) {
    return (
      <span className="confirm">
        <span className="small">{t('board.agents.sign_out_ask', { name: agent.name })}</span>
        <Button size="small" danger loading={isPending} onClick={() => mutate('sign_out')}>{t('board.agents.sign_out')}</Button>
        <Button size="small" onClick={() => setAsking(false)}>{t('action.cancel')}</Button>
      </span>
    );
  }
  const inCall = agent.call_id !== null && agent.state !== 'wrap_up';
  const plan = planOf(agent);
  const items = [
    { key: 'ready', label: t('board.agents.ready'), disabled: agent.state === 'idle' || (inCall && !plan) },
    { key: 'not_ready', label: t(inCall ? 'board.agents.not_ready_after' : 'board.agents.not_ready'), disabled: agent.state === 'not_ready' || plan === 'forced' },
    { type: 'divider' as const },
    { key: 'sign_out', label: t('board.agents.sign_out'), danger: true, disabled: inCall },
  ];
  return (
    <Dropdown trigger={['click']} disabled={lost || isPending} menu={{ items, onClick: ({ key }) => (key === 'sign_out' ? setAsking(true) : mutate(key as Verb)) }}>
      <button type="button" className="icon-button" aria-label={t('board.agents.more', { name: agent.name })}><Icon name="more" /></button>
    </Dropdown>
  );
}
