/** The one WebSocket: connects, keeps itself alive and says honestly when it is not. */
import type { ServerMessage } from './types';

/** The server pings every 15 s; silence of two pings and a bit is a lost connection. */
export const silenceMs = 35_000;
const retryMs = [500, 1000, 2000, 4000, 8000];

export interface SocketHooks {
  onMessage: (message: ServerMessage) => void;
  onOpen: () => void;
  onLost: () => void;
}
export interface LiveSocket { send: (message: { type: 'resync' }) => void; close: () => void }

function address(): string {
  const { protocol, host } = window.location;
  return `${protocol === 'https:' ? 'wss' : 'ws'}://${host}/api/live`;
}

/** Keeps one socket open until `close`. */
export function openLiveSocket(hooks: SocketHooks, url: string = address()): LiveSocket {
  let socket: WebSocket | null = null;
  let attempt = 0;
  let closed = false;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;

  function heard() {
    clearTimeout(silence);
    silence = setTimeout(() => socket?.close(), silenceMs);
  }
  function lost() {
    clearTimeout(silence);
    if (closed) return;
    hooks.onLost();
    retry = setTimeout(connect, retryMs[Math.min(attempt, retryMs.length - 1)]);
    attempt += 1;
  }
  function connect() {
    socket = new WebSocket(url);
    socket.onopen = () => { heard(); hooks.onOpen(); };
    socket.onmessage = (event: MessageEvent<string>) => {
      heard();
      attempt = 0;
      hooks.onMessage(JSON.parse(event.data) as ServerMessage);
    };
    socket.onclose = lost;
  }
  connect();
  return {
    send: (message) => { if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message)); },
    close: () => {
      closed = true;
      clearTimeout(retry);
      clearTimeout(silence);
      socket?.close();
    },
  };
}
