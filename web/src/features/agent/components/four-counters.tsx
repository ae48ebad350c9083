/** 上班 空闲 离席 排队: the four counters, in the call bar and on the phone's desk. */
import { useTranslation } from 'react-i18next';
import { count } from '@/lib/format/number';
import { useFourCounters, useStale } from '@/live/selectors';

export function FourCounters({ className }: { className: string }) {
  const { t } = useTranslation();
  const counters = useFourCounters();
  const stale = useStale();
  const entry = (label: string, value: number | undefined, alarm = false) => (
    <span className={alarm ? 'counter counter-alarm' : 'counter'} key={label}><span>{label}</span><b>{count(value)}</b></span>
  );
  return (
    <div className={stale ? `${className} counters-stale` : className}>
      {entry(t('shell.counter.signed_in'), counters?.signedIn)}
      {entry(t('shell.counter.idle'), counters?.idle)}
      {entry(t('shell.counter.away'), counters?.away)}
      {entry(t('shell.counter.waiting'), counters?.waiting, (counters?.waiting ?? 0) > (counters?.idle ?? 0))}
    </div>
  );
}
