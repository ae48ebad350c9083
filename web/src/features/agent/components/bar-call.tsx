/** The current call in the call bar: who, from where, how long it waited, whether it is recorded. */
import { useQuery } from '@tanstack/react-query';
import { Link, useLocation } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { callQuery } from '@/lib/api/calls';
import { useNow } from '@/lib/clock';
import { duration } from '@/lib/format/duration';
import { phone } from '@/lib/format/phone';
import type { LiveCall } from '@/live/types';
import { useQueueName } from '@/live/use-queue-name';
import { Icon } from '@/ui/icons/icon';
import { useOwnAgent } from '../model/use-own-agent';

/** The wait as the record counts it: from entry into the queue, on while it rings. Asked again at each change of phase. */
function useWaited(call: LiveCall | null): string | null {
  const now = useNow();
  const query = useQuery({ ...callQuery(call?.id ?? ''), enabled: call !== null });
  const { refetch } = query;
  const mark = call ? `${call.id} ${call.phase_since}` : null;
  useEffect(() => { if (mark) void refetch(); }, [mark, refetch]);
  const visit = call && query.data?.visits.at(-1);
  return visit ? duration(visit.wait_ms ?? now - Date.parse(visit.entered_at)) : null;
}

export function BarCall() {
  const { t } = useTranslation();
  const { agent, call, lost } = useOwnAgent();
  const queueName = useQueueName();
  const onDesk = useLocation().pathname === '/desk';
  const waited = useWaited(call);
  if (!agent) return <div className="bar-call" />;
  if (!call) {
    return <div className="bar-call">{agent.state === 'idle' && !lost ? <span className="bar-quiet bar-optional">{t('shell.call.waiting')}</span> : null}</div>;
  }
  const name = queueName(call.queue_id, call.queue_name);
  const queue = name && waited ? t('shell.call.queue_wait', { queue: name, wait: waited }) : name;
  return (
    <div className={lost ? 'bar-call bar-call-lost' : 'bar-call'}>
      <span className="bar-caller">{call.caller_number ? phone(call.caller_number) : t('shell.call.unknown')}</span>
      {queue ? <span className="bar-tag bar-optional"><Icon name="queue" size={14} />{queue}</span> : null}
      {call.recording ? <span className="bar-tag bar-tag-rec"><i className="bar-dot" />{t('shell.call.recording')}</span> : null}
      {onDesk ? null : <Link to="/desk" className="bar-button">{t('shell.call.back')}</Link>}
    </div>
  );
}
