/** Times that run by themselves. */
import { since, timer } from '@/lib/format/duration';
import { useNow } from '@/lib/clock';

/** Up from an instant: 03:42. */
export function Since({ from, limitMs }: { from: string | null | undefined; limitMs?: number }) {
  const now = useNow();
  const over = limitMs !== undefined && from && now - Date.parse(from) > limitMs;
  return <time className={over ? 'bad strong' : undefined}>{since(from, now)}</time>;
}

/** Down to an instant: 00:18. */
export function Until({ to }: { to: string }) {
  return <time>{timer(Date.parse(to) - useNow())}</time>;
}
