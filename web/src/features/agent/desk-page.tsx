/** The agent's page: who calls, what they keyed, what was before, and what to do next. */
import { useTranslation } from 'react-i18next';
import { useNarrow } from '@/ui/use-media';
import { Empty, Loading } from '@/ui/region';
import { CurrentCall } from './components/current-call';
import { DeskQueues } from './components/desk-queues';
import { FourCounters } from './components/four-counters';
import { History } from './components/history';
import { PhoneButtons } from './components/phone-buttons';
import { Softphone } from './components/softphone';
import { TodayFigures } from './components/today';
import { WrapUp } from './components/wrap-up';
import { useOwnAgent } from './model/use-own-agent';
import './agent.css';
import './desk.css';

export function DeskPage() {
  const { t } = useTranslation();
  const narrow = useNarrow();
  const { me, agent, call, connection } = useOwnAgent();
  if (!me.agent_id) return <div className="page"><Empty title={t('desk.idle.no_seat_title')} how={t('desk.idle.no_seat_how')} /></div>;
  if (connection === 'loading') return <div className="page"><div className="page-body" style={{ paddingTop: 12 }}><div className="card"><Loading rows={6} /></div></div></div>;
  const busy = call !== null;
  return (
    <div className={connection === 'lost' ? 'page desk-unsure' : 'page'}>
      {narrow ? <PhoneButtons /> : null}
      <div className="desk">
        <div className="desk-main">
          {agent?.state === 'wrap_up' ? <WrapUp agent={agent} /> : null}
          <CurrentCall />
          <Softphone />
          {narrow && !busy ? <FourCounters className="card desk-counters" /> : null}
          <TodayFigures />
          {narrow ? null : <DeskQueues />}
        </div>
        <aside className="desk-side" aria-label={t('shell.landmark.panel')} data-landmark tabIndex={-1}><History /></aside>
        {narrow ? <DeskQueues /> : null}
      </div>
    </div>
  );
}
