/** Below the picture: queue visits, legs with their sound quality, and the raw facts. */
import { useQuery } from '@tanstack/react-query';
import { Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { factsQuery } from '@/lib/api/calls';
import { troubleOf } from '@/lib/api/trouble';
import type { CallDetail, FactRow } from '@/lib/api/types';
import { clockTime } from '@/lib/format/date';
import { duration } from '@/lib/format/duration';
import { decimal, share } from '@/lib/format/number';
import { phone } from '@/lib/format/phone';
import { useWords } from '@/lib/i18n/words';
import { useQueueName } from '@/live/use-queue-name';
import { Empty, Region } from '@/ui/region';

/** Field by field; the call itself is the page. */
function FactData({ data }: { data: FactRow['data'] }) {
  const fields = Object.entries(data).filter(([name, value]) => name !== 'call_id' && value !== null && value !== '');
  const text = (value: unknown) => (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : JSON.stringify(value));
  return <div className="facts-data">{fields.map(([name, value]) => <span key={name}><i>{name}</i> {text(value)}</span>)}</div>;
}

function Facts({ call }: { call: CallDetail }) {
  const { t } = useTranslation();
  const query = useQuery({ ...factsQuery(call.id), refetchInterval: call.ended_at ? false : 3000 });
  const items = query.data?.items ?? [];
  return (
    <Region what={t('call.tab.facts')} loading={!query.data} trouble={troubleOf(query)} onRetry={() => void query.refetch()} empty={items.length === 0 && { title: t('call.facts.empty') }}>
      <table className="table table-dense">
        <thead><tr><th>{t('call.facts.at')}</th><th>{t('call.facts.kind')}</th><th>{t('call.facts.data')}</th></tr></thead>
        <tbody>{items.map((fact) => <tr key={fact.id}><td className="t2">{clockTime(fact.at)}</td><td className="half">{fact.kind}</td><td><FactData data={fact.data} /></td></tr>)}</tbody>
      </table>
    </Region>
  );
}

function Legs({ call }: { call: CallDetail }) {
  const { t } = useTranslation();
  const { word } = useWords();
  if (call.legs.length === 0) return <Empty title={t('call.legs.empty')} />;
  return (
    <table className="table table-dense">
      <thead><tr>
        <th>{t('call.legs.party')}</th><th>{t('call.legs.number')}</th><th>{t('call.legs.answered')}</th><th>{t('call.legs.ended')}</th><th>{t('call.legs.ended_by')}</th>
        <th className="right">{t('call.legs.cause')}</th><th>{t('call.legs.codec')}</th><th className="right">{t('call.legs.loss')}</th><th className="right">{t('call.legs.jitter')}</th><th className="right">{t('call.legs.mos')}</th>
      </tr></thead>
      <tbody>
        {call.legs.map((leg) => (
          <tr key={leg.id}>
            <td className="half">{word('party', leg.party)}</td><td>{phone(leg.number)}</td><td>{clockTime(leg.answered_at)}</td><td>{clockTime(leg.ended_at)}</td><td>{leg.ended_by === 'party' ? word('party', leg.party) : word('call.leg_end', leg.ended_by)}</td>
            <td className="right">{leg.hangup_cause ?? '—'}</td><td>{leg.codec ?? '—'}</td><td className="right">{share(leg.loss)}</td><td className="right">{decimal(leg.jitter_ms)}</td><td className="right">{decimal(leg.mos)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Visits({ call }: { call: CallDetail }) {
  const { t } = useTranslation();
  const queueName = useQueueName();
  const { word } = useWords();
  if (call.visits.length === 0) return <Empty title={t('call.visits.empty')} />;
  return (
    <table className="table table-dense">
      <thead><tr><th>{t('call.visits.queue')}</th><th>{t('call.visits.entered')}</th><th>{t('call.visits.left')}</th><th>{t('call.visits.outcome')}</th><th>{t('call.visits.position')}</th><th className="right">{t('call.visits.wait')}</th></tr></thead>
      <tbody>
        {call.visits.map((visit) => (
          <tr key={`${visit.queue_id}${visit.entered_at}`}>
            <td className="half">{queueName(visit.queue_id, visit.queue_name)}</td><td>{clockTime(visit.entered_at)}</td><td>{clockTime(visit.left_at)}</td><td>{word('call.visit', visit.outcome ?? 'open')}</td>
            <td className="t2">{visit.position_announced.join(', ') || '—'}</td><td className="right">{duration(visit.wait_ms)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function DetailTabs({ call }: { call: CallDetail }) {
  const { t } = useTranslation();
  return (
    <section className="card call-tabs">
      <Tabs destroyOnHidden items={[
        { key: 'legs', label: t('call.tab.legs'), children: <div className="card-scroll"><Legs call={call} /></div> },
        { key: 'visits', label: t('call.tab.visits'), children: <div className="card-scroll"><Visits call={call} /></div> },
        { key: 'facts', label: t('call.tab.facts'), children: <div className="card-scroll"><Facts call={call} /></div> },
      ]} />
    </section>
  );
}
