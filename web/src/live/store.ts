/** The live picture for the pages, with how sure it is. */
import { create } from 'zustand';
import { serverNow, setServerNow } from '@/lib/clock';
import { applyMessage } from './reducer';
import { openLiveSocket, type LiveSocket } from './socket';
import type { LiveState } from './types';

/** loading: nothing seen yet. live: current. lost: what is shown is old. */
export type Connection = 'loading' | 'live' | 'lost';

interface LiveStore {
  connection: Connection;
  /** When the connection was lost, in server milliseconds. */
  lostAt: number | null;
  /** When the picture last changed or was confirmed. */
  heardAt: number | null;
  seq: number;
  state: LiveState | null;
}

const empty: LiveStore = { connection: 'loading', lostAt: null, heardAt: null, seq: 0, state: null };
export const useLiveStore = create<LiveStore>()(() => empty);

let socket: LiveSocket | null = null;

function lost() {
  useLiveStore.setState((old) => ({ connection: 'lost', lostAt: old.lostAt ?? serverNow() }));
}

/** Start watching; the shell calls this once somebody is logged in. */
export function startLive(): void {
  if (socket) return;
  socket = openLiveSocket({
    onOpen: () => undefined,
    onLost: lost,
    onMessage: (message) => {
      if ('server_now' in message) setServerNow(message.server_now);
      const { state, seq } = useLiveStore.getState();
      const outcome = applyMessage(state ? { seq, state } : null, message);
      if (outcome.kind === 'resync') socket?.send({ type: 'resync' });
      if (outcome.kind === 'picture') {
        useLiveStore.setState({ connection: 'live', lostAt: null, heardAt: serverNow(), ...outcome.picture });
      } else if (message.type === 'ping' && useLiveStore.getState().connection === 'live') {
        useLiveStore.setState({ heardAt: serverNow() });
      }
    },
  });
}

/** Stop watching and forget: after logout nothing of the old session is left. */
export function stopLive(): void {
  socket?.close();
  socket = null;
  useLiveStore.setState(empty, true);
}
