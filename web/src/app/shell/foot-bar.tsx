/** Connection, the time of the picture, and the shortcuts that fit the state. */
import { useTranslation } from 'react-i18next';
import { clockTime } from '@/lib/format/date';
import { capOf, type Command } from '@/lib/keys';
import { useConnection, useLiveAgent } from '@/live/selectors';
import { useLiveStore } from '@/live/store';
import { useMe } from '@/lib/api/session';
import { KeyCap } from '@/ui/key-cap';

function fitting(state: string | undefined): Command[] {
  if (!state) return ['next_landmark', 'shortcuts'];
  if (state === 'signed_out') return ['sign_in_out', 'shortcuts'];
  if (state === 'wrap_up') return ['finish_wrap_up', 'shortcuts'];
  if (state === 'idle') return ['not_ready', 'away', 'sign_in_out', 'shortcuts'];
  return state === 'not_ready' ? ['ready', 'away', 'sign_in_out', 'shortcuts'] : ['shortcuts'];
}

export function FootBar() {
  const { t } = useTranslation();
  const me = useMe();
  const agent = useLiveAgent(me.agent_id);
  const connection = useConnection();
  const heardAt = useLiveStore((live) => live.heardAt);
  return (
    <footer className="foot" aria-label={t('shell.landmark.foot')} data-landmark tabIndex={-1}>
      <span className="foot-state"><i className={`foot-dot foot-dot-${connection}`} />{t(`shell.connection.${connection}`)}</span>
      {heardAt ? <span>{t('shell.connection.updated', { time: clockTime(new Date(heardAt).toISOString()) })}</span> : null}
      <span className="end row">
        {fitting(agent?.state).map((command) => <span className="foot-keys" key={command}><KeyCap>{capOf(command)}</KeyCap>{t(`shell.shortcuts.${command}`)}</span>)}
      </span>
    </footer>
  );
}
