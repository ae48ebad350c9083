/** One call: facts, timeline, recording, keys, why this agent. A call in progress shows live. */
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { callQuery } from '@/lib/api/calls';
import { ApiError } from '@/lib/api/client';
import { troubleOf } from '@/lib/api/trouble';
import type { CallDetail } from '@/lib/api/types';
import { phone } from '@/lib/format/phone';
import { useWords } from '@/lib/i18n/words';
import { useLiveCall, useStale } from '@/live/selectors';
import { Icon } from '@/ui/icons/icon';
import { Empty, Region } from '@/ui/region';
import { DetailTabs } from './components/detail-tabs';
import { FactsHead } from './components/facts-head';
import { KeysPath } from './components/keys-path';
import { Recordings, type Seek } from './components/recording';
import { ResultTag } from './components/result-tag';
import { Timeline } from './components/timeline';
import { Why } from './components/why';
import './calls.css';
import './call.css';

/** While the call lives each change of phase asks for the fresh record; the slow poll is the safety net. */
const livePollMs = 5000;
/** The last facts of a call are written a moment after its end. */
const settleMs = 1500;

/** A call is whole when also the wrap-up of its agents is over. */
const isOpen = (call: CallDetail) => !call.ended_at || call.segments.some((one) => !one.ended_at);

function useCall(id: string) {
  const live = useLiveCall(id);
  const query = useQuery({ ...callQuery(id), refetchInterval: ({ state }) => (state.data && isOpen(state.data) ? livePollMs : false) });
  const { refetch } = query;
  const mark = live ? `${live.phase} ${live.phase_since} ${live.agent_id ?? ''}` : 'gone';
  useEffect(() => {
    void refetch();
    const later = setTimeout(() => void refetch(), settleMs);
    return () => clearTimeout(later);
  }, [mark, refetch]);
  return query;
}

function Body({ call }: { call: CallDetail }) {
  const [seek, setSeek] = useState<Seek | null>(null);
  const playable = call.recordings.some((one) => one.state === 'closed');
  const { t } = useTranslation();
  const stale = useStale() && !call.ended_at;
  return (
    <div className={stale ? 'call stale' : 'call'}>
      <div className="call-left">
        <FactsHead call={call} />
        <Timeline call={call} onSeek={playable ? (at) => setSeek({ at }) : null} />
        <Recordings call={call} seek={seek} />
        <DetailTabs call={call} />
      </div>
      <aside className="call-right" aria-label={t('shell.landmark.panel')} data-landmark tabIndex={-1}>
        <KeysPath call={call} />
        <Why call={call} />
      </aside>
    </div>
  );
}

export function CallPage() {
  const { t } = useTranslation();
  const { word } = useWords();
  const { id } = useParams({ from: '/shell/calls/$id' });
  const query = useCall(id);
  const call = query.data;
  if (query.error instanceof ApiError && query.error.status === 404) {
    return <div className="page"><Empty title={t('shell.error.not_found_title')} how={t('shell.error.not_found_body')} action={<Link to="/calls" search={{}}>{t('calls.title')}</Link>} /></div>;
  }
  const number = call?.direction === 'outbound' ? call.called_number : call?.caller_number;
  return (
    <div className="page">
      <div className="page-head call-head">
        <Link to="/calls" search={{}} aria-label={t('action.back')}><Icon name="back" /></Link>
        <Link to="/calls" search={{}} className="t3">{t('call.crumb')}</Link><span className="t3">/</span>
        <h1>{call ? phone(number) : ''}</h1>
        {call ? (
          <>
            <span className="tag tag-info"><Icon name={call.direction} size={14} />{word('direction', call.direction)}</span>
            <ResultTag call={call} />
            {call.ended_at ? null : <span className="small t2 cut">{t('call.live_note')}</span>}
            <span className="t3 small cut">{t('call.number', { id: call.id })}</span>
          </>
        ) : null}
      </div>
      {call && !query.error ? <Body call={call} /> : (
        <div className="page-body"><div className="card"><Region what={t('call.crumb')} loading={!call} trouble={troubleOf(query)} onRetry={() => void query.refetch()} rows={8}>{null}</Region></div>
          {call ? <Body call={call} /> : null}</div>
      )}
    </div>
  );
}
