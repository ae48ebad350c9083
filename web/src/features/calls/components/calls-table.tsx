/** Rows of the call list: a table on a desk, two-line cards on a phone. */
import { Link, useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CallRow } from '@/lib/api/types';
import { duration } from '@/lib/format/duration';
import { phone } from '@/lib/format/phone';
import { useShortcuts } from '@/lib/use-shortcuts';
import { useWords } from '@/lib/i18n/words';
import { useLiveCall } from '@/live/selectors';
import { useQueueName } from '@/live/use-queue-name';
import { Icon } from '@/ui/icons/icon';
import { Since } from '@/ui/live-time';
import { Moment } from '@/ui/time-text';
import { ResultTag } from './result-tag';

const other = (call: CallRow) => (call.direction === 'outbound' ? call.called_number : call.caller_number);

/** Of a call that goes on the live picture knows since when; the list was read a while ago. */
function Waited({ call }: { call: CallRow }) {
  const live = useLiveCall(call.ended_at ? null : call.id);
  if (live?.phase === 'queue') return <Since from={live.phase_since} />;
  return duration(call.queue_id ? call.total_wait_ms : null);
}
function Talked({ call }: { call: CallRow }) {
  const live = useLiveCall(call.ended_at ? null : call.id);
  return live?.phase === 'talk' ? <Since from={live.phase_since} /> : duration(call.talk_ms > 0 || call.ended_at ? call.talk_ms : null);
}

export function CallCards({ rows }: { rows: CallRow[] }) {
  const { t } = useTranslation();
  const queueName = useQueueName();
  return rows.map((call) => (
    <Link key={call.id} to="/calls/$id" params={{ id: call.id }} className="two-line">
      <div><span className="t2"><Icon name={call.direction} size={14} /></span><span className="half">{phone(other(call))}</span><span className="end"><ResultTag call={call} /></span></div>
      <div className="small t2"><Moment at={call.arrived_at} /><span className="cut">{call.agent_name ?? queueName(call.queue_id, call.queue_name)}</span>
        <span className="end">{call.ended_at ? t('calls.card_wait', { wait: duration(call.total_wait_ms), talk: duration(call.talk_ms) }) : <Since from={call.arrived_at} />}</span></div>
    </Link>
  ));
}

export function CallsTable({ rows }: { rows: CallRow[] }) {
  const { t } = useTranslation();
  const { word } = useWords();
  const queueName = useQueueName();
  const navigate = useNavigate();
  const body = useRef<HTMLTableSectionElement>(null);
  const [cursor, setCursor] = useState(-1);
  const open = (call: CallRow | undefined) => { if (call) void navigate({ to: '/calls/$id', params: { id: call.id } }); };
  useShortcuts({
    row_down: () => setCursor((at) => Math.min(rows.length - 1, at + 1)),
    row_up: () => setCursor((at) => Math.max(0, at - 1)),
    row_open: cursor >= 0 ? () => open(rows[cursor]) : undefined,
  });
  useEffect(() => setCursor(-1), [rows]);
  useEffect(() => { body.current?.rows[cursor]?.scrollIntoView({ block: 'nearest' }); }, [cursor]);
  return (
    <table className="table">
      <thead><tr>
        <th>{t('calls.column.arrived')}</th><th>{t('calls.column.direction')}</th><th>{t('calls.column.caller')}</th><th className="calls-narrow-hide">{t('calls.column.called')}</th>
        <th>{t('calls.column.queue')}</th><th>{t('calls.column.agent')}</th><th>{t('calls.column.result')}</th>
        <th className="right">{t('calls.column.wait')}</th><th className="right">{t('calls.column.talk')}</th><th className="right">{t('calls.column.duration')}</th><th className="right">{t('calls.column.recording')}</th>
      </tr></thead>
      <tbody ref={body}>
        {rows.map((call, index) => (
          <tr key={call.id} className={index === cursor ? 'link on cursor' : 'link'} aria-selected={index === cursor || undefined} onClick={() => open(call)}>
            <td><Link to="/calls/$id" params={{ id: call.id }} onClick={(event) => event.stopPropagation()}><Moment at={call.arrived_at} /></Link></td>
            <td><span className="direction"><Icon name={call.direction} size={14} />{word('direction', call.direction)}</span></td>
            <td>{phone(call.caller_number)}</td><td className="t2 calls-narrow-hide">{phone(call.service_number ?? call.called_number)}</td>
            <td>{queueName(call.queue_id, call.queue_name) ?? '—'}</td><td>{call.agent_name ?? '—'}</td><td><ResultTag call={call} /></td>
            <td className="right"><Waited call={call} /></td><td className="right"><Talked call={call} /></td>
            <td className="right t2">{call.ended_at ? duration(call.duration_ms) : <Since from={call.arrived_at} />}</td>
            <td className="right t2">{call.has_recording ? <span style={{ display: 'inline-block' }}><Icon name="wave" label={t('calls.has_recording')} /></span> : '—'}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
