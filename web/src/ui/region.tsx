/** The four states of a region: loading, empty, broken, full. */
import { Button } from 'antd';
import { useEffect, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { clockTime } from '@/lib/format/date';
import { Icon } from './icons/icon';

export interface Trouble { kind: 'network' | 'forbidden' | 'server'; code: string; at: number }

/** True once the wait is long enough to be worth showing. */
export function useDelayed(active: boolean, ms = 300): boolean {
  const [shown, setShown] = useState(false);
  useEffect(() => {
    if (!active) {
      setShown(false);
      return undefined;
    }
    const timer = setTimeout(() => setShown(true), ms);
    return () => clearTimeout(timer);
  }, [active, ms]);
  return active && shown;
}

const widths = ['72%', '100%', '86%', '60%', '93%', '78%'];

/** Nothing for 300 ms, then bars where the content will be. */
export function Loading({ rows = 4 }: { rows?: number }) {
  const { t } = useTranslation();
  if (!useDelayed(true)) return <div className="loading" aria-busy="true" />;
  return (
    <div className="loading" role="status" aria-label={t('region.loading')}>
      {Array.from({ length: rows }, (_, index) => <i key={index} style={{ width: widths[index % widths.length] }} />)}
    </div>
  );
}

export function Empty({ title, how, action }: { title: string; how?: string; action?: ReactNode }) {
  return <div className="empty"><strong>{title}</strong>{how ? <span>{how}</span> : null}{action}</div>;
}

export function Broken({ what, trouble, onRetry }: { what: string; trouble: Trouble; onRetry?: () => void }) {
  const { t } = useTranslation();
  return (
    <div className="broken" role="alert">
      <strong><Icon name="alert" />{t('region.broken_title', { what })}</strong>
      <span>{t(`region.broken_${trouble.kind}`)}</span>
      <span className="row wrap">
        {onRetry && trouble.kind !== 'forbidden' ? <Button size="small" onClick={onRetry}>{t('action.retry')}</Button> : null}
        <span className="small t3">{t('region.broken_number', { code: trouble.code, time: clockTime(new Date(trouble.at).toISOString()) })}</span>
      </span>
    </div>
  );
}

interface Props {
  what: string;
  loading: boolean;
  trouble?: Trouble | null;
  onRetry?: () => void;
  empty?: { title: string; how?: string; action?: ReactNode } | null | false;
  rows?: number;
  children: ReactNode;
}

/** Old content stays while a fresh answer is broken; the trouble is shown above it. */
export function Region({ what, loading, trouble, onRetry, empty, rows, children }: Props) {
  if (trouble && loading) return <Broken what={what} trouble={trouble} onRetry={onRetry} />;
  if (loading) return <Loading rows={rows} />;
  return (
    <>
      {trouble ? <Broken what={what} trouble={trouble} onRetry={onRetry} /> : null}
      {empty ? <Empty {...empty} /> : children}
    </>
  );
}
