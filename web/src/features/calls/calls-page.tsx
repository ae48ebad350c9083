/** All calls this person may see: filters in the address, pages by cursor, totals in the foot. */
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useRouter, useSearch } from '@tanstack/react-router';
import { Button } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { callsQuery } from '@/lib/api/calls';
import { troubleOf } from '@/lib/api/trouble';
import { serverNow } from '@/lib/clock';
import { midnight } from '@/lib/format/date';
import { duration } from '@/lib/format/duration';
import { count } from '@/lib/format/number';
import { capOf } from '@/lib/keys';
import { useShortcuts } from '@/lib/use-shortcuts';
import { useLiveStore } from '@/live/store';
import { KeyCap } from '@/ui/key-cap';
import { Region } from '@/ui/region';
import { useNarrow } from '@/ui/use-media';
import { CallCards, CallsTable } from './components/calls-table';
import { Filters } from './components/filters';
import { isNarrowed, toQuery, type CallSearch } from './model/filter';
import './calls.css';

/** Above this the list asks for a narrower time. */
const many = 500;

export function CallsPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: '/shell/calls' });
  const navigate = useNavigate();
  const router = useRouter();
  const narrow = useNarrow();
  const [turned, setTurned] = useState(0);
  const query = useQuery(callsQuery(toQuery(search, midnight(serverNow()))));
  const page = query.data;
  const show = (next: CallSearch) => { setTurned(0); void navigate({ to: '/calls', search: next }); };
  const clear = () => show({ period: 'all' });

  // A call that began or ended changes the first page.
  const callsToday = useLiveStore((live) => live.state?.figures.calls_today);
  const callsNow = useLiveStore((live) => live.state?.figures.calls_now);
  const { refetch } = query;
  useEffect(() => { if (callsToday !== undefined && !search.cursor) void refetch(); }, [callsToday, callsNow, search.cursor, refetch]);
  useShortcuts({ search: () => document.getElementById('call-number')?.focus() });

  const empty = page?.items.length === 0 && (isNarrowed(search) || search.period !== 'all'
    ? { title: t('calls.none_match'), action: <Button onClick={clear}>{t('action.clear_filter')}</Button> }
    : { title: t('calls.empty'), how: t('calls.empty_how') });
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t('calls.title')}</h1>
        {page ? <span className="t3 small cut">{page.total > many ? t('calls.many', { total: count(page.total) }) : t('calls.totals', { total: count(page.total), count: page.total })}</span> : null}
        {narrow ? null : <span className="end row small t3"><KeyCap>{capOf('row_down')}</KeyCap><KeyCap>{capOf('row_up')}</KeyCap>{t('calls.keys')}<KeyCap>{capOf('row_open')}</KeyCap>{t('calls.keys_open')}<KeyCap>{capOf('search')}</KeyCap>{t('calls.filter.search')}</span>}
      </div>
      <div className="page-body">
        <section className="card calls-card">
          <Filters search={search} onChange={show} />
          <div className={query.isPlaceholderData ? 'card-scroll calls-fresh' : 'card-scroll'}>
            <Region what={t('calls.title')} loading={!page} trouble={troubleOf(query)} onRetry={() => void refetch()} empty={empty} rows={8}>
              {narrow ? <CallCards rows={page?.items ?? []} /> : <CallsTable rows={page?.items ?? []} />}
            </Region>
          </div>
          {page && page.items.length > 0 ? (
            <div className="calls-foot">
              <span className="strong">{t('calls.totals', { total: count(page.total), count: page.total })}</span>
              <span className="t2">{t('calls.column.wait')} {duration(page.totals.wait_ms)}</span>
              <span className="t2">{t('calls.column.talk')} {duration(page.totals.talk_ms)}</span>
              <span className="end pager">
                {search.cursor && turned === 0 ? <Button size="small" onClick={() => show({ ...search, cursor: undefined })}>{t('calls.first')}</Button> : null}
                {turned > 0 ? <Button size="small" onClick={() => { setTurned(turned - 1); router.history.back(); }}>{t('calls.previous')}</Button> : null}
                <Button size="small" disabled={!page.next_cursor} onClick={() => { setTurned(turned + 1); void navigate({ to: '/calls', search: { ...search, cursor: page.next_cursor ?? undefined } }); }}>{t('calls.next')}</Button>
              </span>
            </div>
          ) : null}
        </section>
      </div>
    </div>
  );
}
