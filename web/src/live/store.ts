/** The live picture for the pages, with how sure it is. */
import { create } from 'zustand';
import { serverNow, setServerNow } from '@/lib/clock';
import { applyMessage, type Picture } from './reducer';
import { openLiveSocket, type LiveSocket } from './socket';
import type { LiveState, ServerMessage } from './types';

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
/** The newest picture; the pages get it at most once per beat, however many facts arrive. */
let picture: Picture | null = null;
/** A fresh snapshot is on its way; facts that come meanwhile are no reason to ask again. */
let asked = false;
let publishing: ReturnType<typeof setTimeout> | undefined;
let publishedAt = -Infinity;
const beatMs = 100;

function publish() {
  clearTimeout(publishing);
  publishing = undefined;
  publishedAt = Date.now();
  if (picture) useLiveStore.setState({ connection: 'live', lostAt: null, heardAt: serverNow(), ...picture });
}

function lost() {
  asked = false;
  clearTimeout(publishing);
  publishing = undefined;
  useLiveStore.setState((old) => ({ connection: 'lost', lostAt: old.lostAt ?? serverNow(), ...picture }));
}

function receive(message: ServerMessage) {
  if ('server_now' in message) setServerNow(message.server_now);
  const outcome = applyMessage(picture, message);
  if (message.type === 'snapshot') asked = false;
  if (outcome.kind === 'resync' && !asked) {
    asked = true;
    socket?.send({ type: 'resync' });
  }
  if (outcome.kind === 'picture') {
    picture = outcome.picture;
    if (message.type === 'snapshot' || Date.now() - publishedAt >= beatMs) publish();
    else publishing ??= setTimeout(publish, beatMs);
  } else if (message.type === 'ping' && useLiveStore.getState().connection === 'live') {
    useLiveStore.setState({ heardAt: serverNow() });
  }
}

/** Start watching; the shell calls this once somebody is logged in. */
export function startLive(): void {
  if (socket) return;
  socket = openLiveSocket({ onOpen: () => undefined, onLost: lost, onMessage: receive });
}

/** Stop watching and forget: after logout nothing of the old session is left. */
export function stopLive(): void {
  socket?.close();
  socket = null;
  picture = null;
  clearTimeout(publishing);
  publishing = undefined;
  useLiveStore.setState(empty, true);
}
