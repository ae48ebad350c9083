/** Dates on a 24-hour clock in the site's time zone. */

let timeZone: string | undefined;

/** The site's zone (IANA name); without it the browser's is used. */
export function setTimeZone(zone: string | undefined): void {
  timeZone = zone;
}

interface Wall { year: string; month: string; day: string; hour: string; minute: string; second: string }

function wall(ms: number): Wall {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23',
  });
  return Object.fromEntries(format.formatToParts(ms).map((part) => [part.type, part.value])) as unknown as Wall;
}

const parse = (iso: string | null | undefined) => (iso ? Date.parse(iso) : Number.NaN);

/** "14:32:07" */
export function clockTime(iso: string | null | undefined): string {
  const ms = parse(iso);
  if (!Number.isFinite(ms)) return '—';
  const at = wall(ms);
  return `${at.hour}:${at.minute}:${at.second}`;
}

/** "2026-11-22 14:32:07" */
export function fullTime(iso: string | null | undefined): string {
  const ms = parse(iso);
  if (!Number.isFinite(ms)) return '—';
  const at = wall(ms);
  return `${at.year}-${at.month}-${at.day} ${at.hour}:${at.minute}:${at.second}`;
}

export interface ShortTime { day: 'today' | 'this_year' | 'older'; date: string; time: string }

/** What a list shows: today 14:32, this year 11-22, older 2025-11-22. The word "today" comes from the catalogue. */
export function shortTime(iso: string | null | undefined, nowMs: number): ShortTime | null {
  const ms = parse(iso);
  if (!Number.isFinite(ms)) return null;
  const at = wall(ms);
  const now = wall(nowMs);
  const time = `${at.hour}:${at.minute}:${at.second}`;
  if (at.year !== now.year) return { day: 'older', date: `${at.year}-${at.month}-${at.day}`, time };
  const today = at.month === now.month && at.day === now.day;
  return { day: today ? 'today' : 'this_year', date: `${at.month}-${at.day}`, time };
}

/** Today's start in the site's zone. On the two days a year when clocks change it may be an hour off. */
export function midnight(nowMs: number): number {
  const at = wall(nowMs);
  const into = ((Number(at.hour) * 60 + Number(at.minute)) * 60 + Number(at.second)) * 1000 + (nowMs % 1000);
  return nowMs - into;
}
