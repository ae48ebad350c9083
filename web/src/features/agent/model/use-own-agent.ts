/** The agent of the person at this screen, and the call this agent has. */
import { useMe } from '@/lib/api/session';
import { useConnection, useLiveAgent, useLiveCall } from '@/live/selectors';

export function useOwnAgent() {
  const me = useMe();
  const agent = useLiveAgent(me.agent_id);
  const call = useLiveCall(agent?.call_id);
  const connection = useConnection();
  return { me, agent, call, connection, lost: connection !== 'live' };
}
