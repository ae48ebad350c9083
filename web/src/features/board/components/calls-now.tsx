/** Calls in progress: phase, caller, service number, queue, agent, running times. */
import { Link, useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { phone } from '@/lib/format/phone';
import { useWords } from '@/lib/i18n/words';
import type { LiveCall } from '@/live/types';
import { Card } from '@/ui/card';
import { Icon } from '@/ui/icons/icon';
import { Since } from '@/ui/live-time';
import { PhaseMark } from '@/ui/phase-mark';
import { Empty } from '@/ui/region';
import { useNarrow } from '@/ui/use-media';
import { byArrival, limits } from '../model/order';

const limitOf = (call: LiveCall) => (call.phase === 'talk' ? limits.talkMs : call.phase === 'hold' ? limits.holdMs : call.phase === 'queue' ? limits.waitMs : undefined);

export function CallsNow({ calls }: { calls: LiveCall[] }) {
  const { t } = useTranslation();
  const { word } = useWords();
  const narrow = useNarrow();
  const navigate = useNavigate();
  const rows = useMemo(() => [...calls].sort(byArrival).slice(0, 200), [calls]);
  const caller = (call: LiveCall) => (call.direction === 'outbound' ? call.called_number : call.caller_number);

  const table = () => (
    <div className="card-scroll">
      <table className="table table-dense">
        <thead><tr>
          <th>{t('board.calls.caller')}</th><th>{t('board.calls.phase')}</th><th className="right">{t('board.calls.phase_time')}</th>
          <th>{t('board.calls.queue')}</th><th>{t('board.calls.agent')}</th><th className="wide-only">{t('board.calls.service')}</th><th className="right">{t('board.calls.total_time')}</th>
        </tr></thead>
        <tbody>
          {rows.map((call) => (
            <tr key={call.id} className="link" onClick={() => void navigate({ to: '/calls/$id', params: { id: call.id } })}>
              <td><span className="row"><Link to="/calls/$id" params={{ id: call.id }} onClick={(event) => event.stopPropagation()}>{phone(caller(call))}</Link>
                {call.recording ? <span className="bad"><Icon name="wave" size={14} label={t('board.calls.recording')} /></span> : null}</span></td>
              <td><PhaseMark kind={call.phase} label={word('phase', call.phase)} /></td>
              <td className="right"><Since from={call.phase_since} limitMs={limitOf(call)} /></td>
              <td>{call.queue_name ?? '—'}</td><td>{call.agent_name ?? '—'}</td>
              <td className="wide-only t2">{phone(call.service_number)}</td><td className="right t2"><Since from={call.arrived_at} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
  const list = () => rows.map((call) => (
    <Link key={call.id} to="/calls/$id" params={{ id: call.id }} className="two-line">
      <div><span className="half">{phone(caller(call))}</span><span className="end half"><Since from={call.phase_since} limitMs={limitOf(call)} /></span></div>
      <div className="small t2"><PhaseMark kind={call.phase} label={word('phase', call.phase)} /><span className="cut end">{call.queue_name}</span><span>{call.agent_name}</span></div>
    </Link>
  ));
  return (
    <Card title={t('board.calls.title')} icon="calls" hint={String(calls.length)} className="board-calls">
      {rows.length === 0 ? <Empty title={t('board.calls.empty')} how={t('board.calls.empty_how')} /> : narrow ? list() : table()}
    </Card>
  );
}
