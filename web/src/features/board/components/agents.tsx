/** Agents: state bar, search, those who need attention first. */
import { Button, Input, Segmented } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { serverNow } from '@/lib/clock';
import { signCounts } from '@/live/selectors';
import type { LiveAgent } from '@/live/types';
import { Card } from '@/ui/card';
import { Icon } from '@/ui/icons/icon';
import { Empty } from '@/ui/region';
import { useNarrow } from '@/ui/use-media';
import { byNeed, matches, needsAttention } from '../model/order';
import { useSteadyOrder } from '../model/use-steady-order';
import { AgentLine, AgentRow } from './agent-row';
import { StateBar } from './state-bar';

type View = 'signed_in' | 'attention' | 'all';
const step = 100;
/** So few are all shown at once. */
const few = 20;

export function Agents({ agents }: { agents: LiveAgent[] }) {
  const { t } = useTranslation();
  const narrow = useNarrow();
  const [view, setView] = useState<View>(agents.length > few ? 'signed_in' : 'all');
  const [search, setSearch] = useState('');
  const [limit, setLimit] = useState(step);
  const [inside, setInside] = useState(false);
  const now = serverNow();
  const signedIn = useMemo(() => agents.filter((agent) => agent.state !== 'signed_out'), [agents]);
  const attention = signedIn.filter((agent) => needsAttention(agent, now));
  const pool = search ? agents : { all: agents, attention, signed_in: signedIn }[view];
  const sorted = pool.filter((agent) => matches(agent, search)).sort(byNeed(now));
  const rows = useSteadyOrder(sorted, inside).slice(0, limit);

  const empty = search || view === 'attention' ? { title: t('board.agents.none_match') } : { title: t('board.agents.empty'), how: t('board.agents.empty_how') };
  const list = narrow ? rows.map((agent) => <AgentLine key={agent.id} agent={agent} />) : (
    <div className="card-scroll" onPointerEnter={() => setInside(true)} onPointerLeave={() => setInside(false)}>
      <table className="table table-dense">
        <thead><tr>
          <th>{t('board.agents.number')}</th><th>{t('board.agents.name')}</th><th>{t('board.agents.state')}</th><th className="right">{t('board.agents.since')}</th>
          <th>{t('board.agents.queue')}</th><th>{t('board.agents.with')}</th><th className="right">{t('board.agents.today')}</th><th className="right">{t('board.agents.missed')}</th>
          <th className="right">{t('board.agents.actions')}</th>
        </tr></thead>
        <tbody>{rows.map((agent) => <AgentRow key={agent.id} agent={agent} />)}</tbody>
      </table>
    </div>
  );
  return (
    <Card title={t('board.agents.title')} icon="users" className="board-agents" extra={(
      <>
        <Segmented<View> size="small" value={view} onChange={setView} options={[
          { value: 'signed_in', label: t('board.agents.signed_in', { count: signedIn.length }) },
          { value: 'attention', label: t('board.agents.attention', { count: attention.length }) },
          { value: 'all', label: t('board.agents.all', { count: agents.length }) },
        ]} />
        {narrow ? null : <Input allowClear size="small" style={{ width: 180 }} value={search} onChange={(event) => setSearch(event.target.value)} prefix={<Icon name="search" size={14} />} aria-label={t('board.agents.search')} placeholder={t('board.agents.search')} />}
      </>
    )}>
      <StateBar counts={signCounts(agents)} />
      {rows.length === 0 ? <Empty {...empty} /> : list}
      {sorted.length > limit ? (
        <div className="limit-note">{t('board.agents.limit', { shown: rows.length, count: sorted.length })}
          <Button size="small" onClick={() => setLimit(limit + step)}>{t('action.show_more', { count: Math.min(step, sorted.length - limit) })}</Button></div>
      ) : null}
    </Card>
  );
}
