/** The one clock of all pages: the server's time, ticking once a second. */
import { useSyncExternalStore } from 'react';

let offsetMs = 0;
let tick = 0;
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

/** Take over the server's clock; small differences are network delay and are left alone. */
export function setServerNow(iso: string, localMs = Date.now()): void {
  const next = Date.parse(iso) - localMs;
  if (Number.isFinite(next) && Math.abs(next - offsetMs) > 250) offsetMs = next;
}

/** Milliseconds since the epoch as the server counts them. */
export const serverNow = (): number => Date.now() + offsetMs;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    tick = serverNow();
    listeners.forEach((call) => call());
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** Now, in milliseconds; the component renders again each second. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => (timer && tick ? tick : (tick = serverNow())));
}
