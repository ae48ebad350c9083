/** Calls in progress: phase, caller, service number, queue, agent, running times. */
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { phone } from '@/lib/format/phone';
import { useWords } from '@/lib/i18n/words';
import type { LiveCall } from '@/live/types';
import { useQueueName } from '@/live/use-queue-name';
import { Card } from '@/ui/card';
import { Icon } from '@/ui/icons/icon';
import { Since } from '@/ui/live-time';
import { PhaseMark } from '@/ui/phase-mark';
import { Empty } from '@/ui/region';
import { byArrival, limits } from '../model/order';

const limitOf = (call: LiveCall) => (call.phase === 'talk' ? limits.talkMs : call.phase === 'hold' ? limits.holdMs : call.phase === 'queue' ? limits.waitMs : undefined);

export function CallsNow({ calls }: { calls: LiveCall[] }) {
  const { t } = useTranslation();
  const { word } = useWords();
  const queueName = useQueueName();
  const rows = useMemo(() => [...calls].sort(byArrival).slice(0, 200), [calls]);
  const caller = (call: LiveCall) => (call.direction === 'outbound' ? call.called_number : call.caller_number);

  const list = rows.map((call) => (
    <li key={call.id} data-call={call.id} data-phase={call.phase}>
      <Link to="/calls/$id" params={{ id: call.id }} className="two-line call-now">
        <div>
          <span className="half">{phone(caller(call))}</span>
          {call.recording ? <span className="bad"><Icon name="wave" size={14} label={t('board.calls.recording')} /></span> : null}
          <span className="end"><PhaseMark kind={call.phase} label={word('phase', call.phase)} /></span>
          <span className="call-now-time half"><Since from={call.phase_since} limitMs={limitOf(call)} /></span>
        </div>
        <div className="small t2">
          <span>{phone(call.service_number)}</span>
          {call.queue_name ? <><Icon name="right" size={14} /><span className="cut">{queueName(call.queue_id, call.queue_name)}</span></> : null}
          {call.agent_name ? <><Icon name="right" size={14} /><span>{call.agent_name}</span></> : null}
          <span className="end t3 call-now-time" title={t('board.calls.total_time')}><Since from={call.arrived_at} /></span>
        </div>
      </Link>
    </li>
  ));
  return (
    <Card title={t('board.calls.title')} icon="calls" hint={String(calls.length)} className="board-calls">
      {rows.length === 0 ? <Empty title={t('board.calls.empty')} how={t('board.calls.empty_how')} /> : <ol className="card-scroll">{list}</ol>}
    </Card>
  );
}
