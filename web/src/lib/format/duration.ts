/** Durations as the design guide writes them: 4:36 in tables, 03:42 in live timers. Input is milliseconds. */

const pad = (value: number) => String(value).padStart(2, '0');

function parts(ms: number) {
  const total = Math.max(0, Math.floor(ms / 1000));
  return { h: Math.floor(total / 3600), m: Math.floor((total % 3600) / 60), s: total % 60 };
}

/** "4:36", from one hour "1:02:36"; not applicable is a dash. */
export function duration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return '—';
  const { h, m, s } = parts(ms);
  return h > 0 ? `${h}:${pad(m)}:${pad(s)}` : `${m}:${pad(s)}`;
}

/** "03:42", from one hour "1:02:36". */
export function timer(ms: number): string {
  const { h, m, s } = parts(ms);
  return h > 0 ? `${h}:${pad(m)}:${pad(s)}` : `${pad(m)}:${pad(s)}`;
}

/** Time from an instant until now, as a live timer; unknown is a dash. */
export function since(iso: string | null | undefined, nowMs: number): string {
  const start = iso ? Date.parse(iso) : Number.NaN;
  return Number.isFinite(start) ? timer(nowMs - start) : '—';
}

/** Key and values of a duration in running text, for the catalogue. */
export function durationText(ms: number): { key: 'time.hour_minute' | 'time.minute_second' | 'time.second'; h: number; m: number; s: number; ss: string } {
  const { h, m, s } = parts(ms);
  return { key: h > 0 ? 'time.hour_minute' : m > 0 ? 'time.minute_second' : 'time.second', h, m, s, ss: pad(s) };
}
