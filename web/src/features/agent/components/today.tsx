/** Own counters of today. */
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { troubleOf } from '@/lib/api/trouble';
import { duration } from '@/lib/format/duration';
import { count } from '@/lib/format/number';
import { Figure } from '@/ui/figure';
import { Region } from '@/ui/region';
import { todayQuery } from '../api/queries';
import { useOwnAgent } from '../model/use-own-agent';

export function TodayFigures() {
  const { t } = useTranslation();
  const query = useQuery(todayQuery);
  const { agent } = useOwnAgent();
  const { refetch } = query;
  const mark = `${agent?.state} ${agent?.answered_today} ${agent?.missed_today}`;
  useEffect(() => { void refetch(); }, [mark, refetch]);
  const today = query.data;
  const average = (ms: number) => (today && today.answered > 0 ? t('desk.today.average', { time: duration(ms / today.answered) }) : undefined);
  return (
    <section className="card" aria-label={t('desk.today.title')}>
      <Region what={t('desk.today.title')} loading={!today} trouble={troubleOf(query)} onRetry={() => void refetch()} rows={2}>
        {today ? (
          <div className="today">
            <Figure label={t('desk.today.answered')} value={count(today.answered)} unit={t('desk.today.unit')} />
            <Figure label={t('desk.today.talk')} value={duration(today.talk_ms)} note={average(today.talk_ms)} />
            <Figure label={t('desk.today.wrap_up')} value={duration(today.wrap_up_ms)} note={average(today.wrap_up_ms)} />
            <Figure label={t('desk.today.missed')} value={count(today.missed)} unit={t('desk.today.unit')} tone={today.missed > 0 ? 'warn' : undefined} />
          </div>
        ) : null}
      </Region>
    </section>
  );
}
