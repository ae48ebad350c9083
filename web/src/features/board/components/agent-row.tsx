/** One agent: state chip with time, who with, and what a supervisor may do now. */
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useNow } from '@/lib/clock';
import { since } from '@/lib/format/duration';
import { count } from '@/lib/format/number';
import { phone } from '@/lib/format/phone';
import { signOf } from '@/live/agent-state';
import { useLiveCall, useStale } from '@/live/selectors';
import { useLiveStore } from '@/live/store';
import type { LiveAgent } from '@/live/types';
import { useQueueName } from '@/live/use-queue-name';
import { useStateLabel } from '@/live/use-state-label';
import { Since } from '@/ui/live-time';
import { StateChip } from '@/ui/state-chip';
import { limitOf, needsAttention } from '../model/order';
import { AgentActions } from './agent-actions';

function useWith(agent: LiveAgent) {
  const call = useLiveCall(agent.call_id);
  const queueName = useQueueName();
  const queueId = call?.queue_id ?? agent.queue_id;
  const queue = useLiveStore((live) => live.state?.queues[queueId ?? '']);
  const number = call?.direction === 'outbound' ? call.called_number : call?.caller_number;
  return { call, number: number ? phone(number) : null, queue: queueName(queueId, call?.queue_name ?? queue?.name) };
}

export function AgentRow({ agent }: { agent: LiveAgent }) {
  const label = useStateLabel();
  const lost = useStale();
  const { call, number, queue } = useWith(agent);
  return (
    <tr>
      <td className="t2">{agent.agent_number ?? '—'}</td>
      <td className="half">{agent.name}</td>
      <td><StateChip sign={signOf(agent)} label={label(agent)} lost={lost} /></td>
      <td className="right half">{agent.state === 'signed_out' ? '—' : <Since from={agent.since} limitMs={limitOf(agent)} />}</td>
      <td>{queue ?? '—'}</td>
      <td>{call && number ? <Link to="/calls/$id" params={{ id: call.id }}>{number}</Link> : '—'}</td>
      <td className="right t2">{count(agent.answered_today)}</td>
      <td className={agent.missed_today > 0 ? 'right warn' : 'right t2'}>{count(agent.missed_today)}</td>
      <td className="right"><AgentActions agent={agent} /></td>
    </tr>
  );
}

/** The same agent on a phone: two lines, nothing to press. */
export function AgentLine({ agent }: { agent: LiveAgent }) {
  const { t } = useTranslation();
  const label = useStateLabel();
  const lost = useStale();
  const now = useNow();
  const { number, queue } = useWith(agent);
  return (
    <div className="two-line">
      <div><span className="half">{agent.name}</span><span className="t3 small">{agent.agent_number}</span>
        <span className="end"><StateChip sign={signOf(agent)} label={label(agent)} time={agent.state === 'signed_out' ? undefined : since(agent.since, now)} lost={lost} /></span></div>
      <div className="small t2"><span className="cut">{number ?? queue ?? '—'}</span>
        <span className={needsAttention(agent, now) ? 'end bad' : 'end'}>{t('board.agents.today')} {count(agent.answered_today)} · {t('board.agents.missed')} {count(agent.missed_today)}</span></div>
    </div>
  );
}
