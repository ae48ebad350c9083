/** The floor: figures, calls in progress, queues, agents and lines, all from the live picture. */
import { useTranslation } from 'react-i18next';
import { useFourCounters, useLiveList, useStale } from '@/live/selectors';
import { Loading } from '@/ui/region';
import { Agents } from './components/agents';
import { CallsNow } from './components/calls-now';
import { Figures } from './components/figures';
import { Lines } from './components/lines';
import { Queues } from './components/queues';
import './board.css';

export function BoardPage() {
  const { t } = useTranslation();
  const agents = useLiveList('agents');
  const calls = useLiveList('calls');
  const queues = useLiveList('queues');
  const lines = useLiveList('lines');
  const counters = useFourCounters();
  const stale = useStale();
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t('board.title')}</h1>
        {counters ? <span className="t3 small">{t('board.subtitle', { count: counters.signedIn })}</span> : null}
      </div>
      {agents && calls && queues && lines ? (
        <div className={stale ? 'board stale' : 'board'}>
          <div className="board-left">
            <Figures calls={calls} />
            <Queues queues={queues} />
            <Agents agents={agents} />
          </div>
          <aside className="board-right" aria-label={t('shell.landmark.panel')} data-landmark tabIndex={-1}>
            <CallsNow calls={calls} />
            <Lines lines={lines} />
          </aside>
        </div>
      ) : <div className="page-body"><div className="card"><Loading rows={6} /></div></div>}
    </div>
  );
}
