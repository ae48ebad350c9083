/** Earlier calls of this caller; without a call, of the last caller. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { callQuery, callerQuery, callsQuery } from '@/lib/api/calls';
import { troubleOf } from '@/lib/api/trouble';
import type { CallRow } from '@/lib/api/types';
import { duration } from '@/lib/format/duration';
import { phone } from '@/lib/format/phone';
import { useWords } from '@/lib/i18n/words';
import { useQueueName } from '@/live/use-queue-name';
import { Card } from '@/ui/card';
import { Icon } from '@/ui/icons/icon';
import { Region } from '@/ui/region';
import { Moment } from '@/ui/time-text';
import { useOwnAgent } from '../model/use-own-agent';

const recentCount = 15;

/** Wrap-up still belongs to the caller who just hung up: the record knows the number, also after a reload. */
function useCaller() {
  const { agent, call } = useOwnAgent();
  const callId = agent?.call_id ?? null;
  const { data: record } = useQuery({ ...callQuery(callId ?? ''), enabled: callId !== null && call === null });
  const number = call?.caller_number ?? record?.caller_number ?? null;
  return number && callId ? { number, callId } : null;
}

function Item({ call, number = false }: { call: CallRow; number?: boolean }) {
  const { t } = useTranslation();
  const { word } = useWords();
  const queueName = useQueueName();
  return (
    <Link to="/calls/$id" params={{ id: call.id }} className="history-item">
      <span className="history-sign"><Icon name={call.direction} size={14} /></span>
      <span style={{ minWidth: 0 }}>
        <span className="row"><b className="half">{number ? phone(call.direction === 'outbound' ? call.called_number : call.caller_number) : word('result', call.result ?? 'open')}</b><span className="t2">{duration(call.talk_ms)}</span><span className="end t3 small"><Moment at={call.arrived_at} /></span></span>
        <span className="t2 cut" style={{ display: 'block' }}>{t('desk.history.item', { queue: queueName(call.queue_id, call.queue_name) ?? t('desk.history.no_queue'), agent: number ? word('result', call.result ?? 'open') : call.agent_name ?? t('desk.history.nobody') })}</span>
      </span>
    </Link>
  );
}

/** Without a caller: the agent's own last calls. */
function Recent({ agentId }: { agentId: string | null }) {
  const { t } = useTranslation();
  const { agent } = useOwnAgent();
  const query = useQuery({ ...callsQuery({ agent_id: agentId ?? '', limit: recentCount }), enabled: agentId !== null });
  const { refetch } = query;
  useEffect(() => { if (agentId) void refetch(); }, [agent?.state, agentId, refetch]);
  const items = query.data?.items ?? [];
  return (
    <Card title={t('desk.history.recent')} icon="clock" extra={<Link to="/calls" search={{ period: 'all', agent: agentId ?? undefined }}>{t('desk.history.all')}</Link>}>
      <div className="card-scroll history-list">
        <Region what={t('desk.history.recent')} loading={!query.data} trouble={troubleOf(query)} onRetry={() => void refetch()} empty={items.length === 0 && { title: t('desk.history.none_yet'), how: t('desk.history.no_call') }}>
          {items.map((call) => <Item key={call.id} call={call} number />)}
        </Region>
      </div>
    </Card>
  );
}

export function History() {
  const caller = useCaller();
  const { me } = useOwnAgent();
  return caller ? <CallerHistory caller={caller} /> : <Recent agentId={me.agent_id} />;
}

function CallerHistory({ caller }: { caller: { number: string; callId: string } }) {
  const { t } = useTranslation();
  const query = useQuery(callerQuery(caller.number));
  const items = (query.data?.items ?? []).filter((call) => call.id !== caller.callId);
  return (
    <Card title={t('desk.history.title')} icon="clock" hint={phone(caller.number)} extra={query.data ? <span className="t3 small">{t('desk.history.count', { count: items.length })}</span> : null}>
      <div className="card-scroll history-list">
        <Region what={t('desk.history.title')} loading={!query.data} trouble={troubleOf(query)} onRetry={() => void query.refetch()} empty={items.length === 0 && { title: t('desk.history.empty'), how: t('desk.history.empty_how') }}>
          {items.map((call) => <Item key={call.id} call={call} />)}
        </Region>
      </div>
    </Card>
  );
}
