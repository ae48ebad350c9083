/** Every page of the product stands in this: call bar, rail, page, foot. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Outlet, useLocation, useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { MeContext, sessionQuery } from '@/lib/api/session';
import { setTimeZone } from '@/lib/format/date';
import { useShortcuts } from '@/lib/use-shortcuts';
import { ButtonRow } from '@/features/agent/components/button-row';
import { useConnection } from '@/live/selectors';
import { startLive, stopLive } from '@/live/store';
import { useNarrow } from '@/ui/use-media';
import { safeNext } from '../safe-next';
import { Announcer } from './announcer';
import { CallBar } from './call-bar';
import { FootBar } from './foot-bar';
import { focusNextLandmark } from './landmarks';
import { LostBanner } from './lost-banner';
import { Rail } from './rail';
import { ShortcutList } from './shortcut-list';
import './shell.css';

/** A lost socket may mean an ended session: ask, and leave if so. */
function useSessionWatch() {
  const queries = useQueryClient();
  const connection = useConnection();
  useEffect(() => {
    if (connection === 'lost') void queries.invalidateQueries({ queryKey: sessionQuery.queryKey, exact: true });
  }, [connection, queries]);
  return useQuery(sessionQuery).data;
}

/** Once, when the session has ended: to the login, and back here afterwards. */
function useLeave(ended: boolean) {
  const navigate = useNavigate();
  useEffect(() => {
    if (!ended) return;
    stopLive();
    void navigate({ to: '/sign-in', search: { next: safeNext(window.location.pathname + window.location.search) } });
  }, [ended, navigate]);
}

export function Shell() {
  const { t } = useTranslation();
  const user = useSessionWatch();
  const narrow = useNarrow();
  const { pathname } = useLocation();
  const [help, setHelp] = useState(false);
  useShortcuts({ next_landmark: focusNextLandmark, shortcuts: () => setHelp(true) });
  useEffect(() => {
    if (user) startLive();
    setTimeZone(user?.time_zone);
  }, [user]);
  useLeave(user === null);
  if (!user) return null;
  return (
    <MeContext value={user}>
      <div className="shell">
        <a className="skip" href="#main">{t('shell.skip')}</a>
        <div>
          <CallBar onHelp={() => setHelp(true)} />
          {pathname === '/desk' && !narrow ? <ButtonRow /> : null}
          <LostBanner />
        </div>
        <div className="middle">
          {narrow ? null : <Rail />}
          <main className="main" id="main" tabIndex={-1} data-landmark aria-label={t('shell.landmark.main')}><Outlet /></main>
        </div>
        {narrow ? <Rail /> : <FootBar />}
        <Announcer />
        <ShortcutList open={help} onClose={() => setHelp(false)} />
      </div>
    </MeContext>
  );
}
