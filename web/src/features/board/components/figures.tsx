/** Six figures with their formulas. */
import { useTranslation } from 'react-i18next';
import { duration } from '@/lib/format/duration';
import { count, share } from '@/lib/format/number';
import { useLiveStore } from '@/live/store';
import type { LiveCall } from '@/live/types';
import { Figure } from '@/ui/figure';

const ratio = (part: number, whole: number) => share(whole > 0 ? part / whole : null);

export function Figures({ calls }: { calls: LiveCall[] }) {
  const { t } = useTranslation();
  const figures = useLiveStore((live) => live.state?.figures);
  if (!figures) return null;
  const waiting = calls.filter((call) => call.phase === 'queue').length;
  const unit = t('board.figure.unit_calls');
  return (
    <section className="card figures">
      <Figure label={t('board.figure.calls_now')} value={count(figures.calls_now)} unit={unit} note={t('board.figure.calls_now_note', { count: waiting })} formula={t('board.formula.calls_now')} />
      <Figure label={t('board.figure.service_level')} value={share(figures.service_level)} note={t('board.figure.service_level_note')} formula={t('board.formula.service_level')} />
      <Figure label={t('board.figure.average_wait')} value={duration(figures.average_wait_ms)} note={t('board.figure.average_wait_note')} formula={t('board.formula.average_wait')} />
      <Figure label={t('board.figure.calls_today')} value={count(figures.calls_today)} unit={unit} formula={t('board.formula.calls_today')} />
      <Figure label={t('board.figure.answered_today')} value={count(figures.answered_today)} unit={unit} note={t('board.figure.answered_note', { share: ratio(figures.answered_today, figures.calls_today) })} formula={t('board.formula.answered_today')} />
      <Figure label={t('board.figure.abandoned_today')} value={count(figures.abandoned_today)} unit={unit} note={t('board.figure.abandoned_note', { share: ratio(figures.abandoned_today, figures.calls_today) })} formula={t('board.formula.abandoned_today')} />
    </section>
  );
}
