/** Tells a screen reader about a new call once; nothing takes the focus. */
import { useTranslation } from 'react-i18next';
import { useMe } from '@/lib/api/session';
import { phone } from '@/lib/format/phone';
import { useLiveAgent, useLiveCall } from '@/live/selectors';
import { useStateLabel } from '@/live/use-state-label';

export function Announcer() {
  const { t } = useTranslation();
  const agent = useLiveAgent(useMe().agent_id);
  const call = useLiveCall(agent?.call_id);
  const label = useStateLabel();
  const ringing = agent?.state === 'ringing' && call;
  return (
    <>
      <div className="sr" role="alert">{ringing ? t('shell.announce.ringing', { caller: call.caller_number ? phone(call.caller_number) : t('shell.call.unknown'), queue: call.queue_name ?? '' }) : ''}</div>
      <div className="sr" role="status">{agent ? label(agent) : ''}</div>
    </>
  );
}
