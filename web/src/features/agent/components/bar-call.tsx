/** The current call in the call bar: who, from where, how long it waited, whether it is recorded. */
import { Link, useLocation } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { duration } from '@/lib/format/duration';
import { phone } from '@/lib/format/phone';
import { useLiveStore } from '@/live/store';
import { Icon } from '@/ui/icons/icon';
import { useOwnAgent } from '../model/use-own-agent';

/** How long the caller has waited up to the talk; still running while it rings. */
function useWaited(callId: string | null | undefined, until: string | undefined, from: string | undefined): string | null {
  const heardAt = useLiveStore((live) => live.heardAt);
  if (!callId || !from) return null;
  const end = until ? Date.parse(until) : heardAt ?? Date.now();
  return duration(end - Date.parse(from));
}

export function BarCall() {
  const { t } = useTranslation();
  const { agent, call, lost } = useOwnAgent();
  const onDesk = useLocation().pathname === '/desk';
  const waited = useWaited(call?.id, agent?.since, call?.arrived_at);
  if (!agent) return <div className="bar-call" />;
  if (!call) {
    return <div className="bar-call">{agent.state === 'idle' && !lost ? <span className="bar-quiet bar-optional">{t('shell.call.waiting')}</span> : null}</div>;
  }
  const queue = call.queue_name && waited ? t('shell.call.queue_wait', { queue: call.queue_name, wait: waited }) : call.queue_name;
  return (
    <div className={lost ? 'bar-call bar-call-lost' : 'bar-call'}>
      <span className="bar-caller">{call.caller_number ? phone(call.caller_number) : t('shell.call.unknown')}</span>
      {queue ? <span className="bar-tag bar-optional"><Icon name="queue" size={14} />{queue}</span> : null}
      {call.recording ? <span className="bar-tag bar-tag-rec"><i className="bar-dot" />{t('shell.call.recording')}</span> : null}
      {onDesk ? null : <Link to="/desk" className="bar-button">{t('shell.call.back')}</Link>}
    </div>
  );
}
