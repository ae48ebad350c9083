/** Whole pages for what cannot be shown. */
import { Button } from 'antd';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '@/lib/api/client';
import { clockTime } from '@/lib/format/date';
import { Empty } from '@/ui/region';

export function NotFoundPage() {
  const { t } = useTranslation();
  return <div className="error-page"><Empty title={t('shell.error.not_found_title')} how={t('shell.error.not_found_body')} action={<Link to="/">{t('action.go_home')}</Link>} /></div>;
}

export function ForbiddenPage() {
  const { t } = useTranslation();
  return <div className="error-page"><Empty title={t('shell.error.forbidden_title')} how={t('shell.error.forbidden_body')} action={<Link to="/">{t('action.go_home')}</Link>} /></div>;
}

/** The server is away, or the page itself failed. */
export function CrashPage({ error, onRetry }: { error: Error; onRetry: () => void }) {
  const { t } = useTranslation();
  const [at] = useState(() => new Date().toISOString());
  const away = error instanceof ApiError;
  const stale = /dynamically imported module|Importing a module script failed/.test(error.message);
  const code = away ? error.code : error.name;
  return (
    <div className="error-page">
      <Empty
        title={t(away ? 'shell.error.server_title' : 'shell.error.crash_title')}
        how={t(away ? 'shell.error.server_body' : 'shell.error.crash_body')}
        action={(
          <>
            <Button type="primary" onClick={stale ? () => window.location.reload() : onRetry}>{t(stale ? 'action.reload' : 'action.retry')}</Button>
            <span className="small t3">{t('region.broken_number', { code, time: clockTime(at) })}</span>
          </>
        )}
      />
    </div>
  );
}
