import { afterEach, describe, expect, it } from 'vitest';
import { clockTime, fullTime, midnight, setTimeZone, shortTime } from './date';
import { duration, durationText, since, timer } from './duration';
import { bytes, count, share } from './number';
import { phone } from './phone';

const at = (iso: string) => Date.parse(iso);
afterEach(() => setTimeZone(undefined));

describe('durations', () => {
  it('are 4:36 in tables and 1:02:36 from one hour', () => {
    expect(duration(276_000)).toBe('4:36');
    expect(duration(3_756_000)).toBe('1:02:36');
    expect(duration(0)).toBe('0:00');
  });
  it('are a dash where they do not apply, and never negative', () => {
    expect(duration(null)).toBe('—');
    expect(duration(-5)).toBe('0:00');
  });
  it('are 03:42 in live timers', () => {
    expect(timer(222_000)).toBe('03:42');
    expect(since('2026-11-22T06:00:00Z', at('2026-11-22T06:03:42.900Z'))).toBe('03:42');
    expect(since(null, 0)).toBe('—');
  });
  it('choose their words by size', () => {
    expect(durationText(421_000)).toMatchObject({ key: 'time.minute_second', m: 7, s: 1, ss: '01' });
    expect(durationText(4000).key).toBe('time.second');
  });
});

describe('dates', () => {
  it('are told in the site zone on a 24-hour clock', () => {
    setTimeZone('Asia/Shanghai');
    expect(clockTime('2026-11-22T06:32:07.250Z')).toBe('14:32:07');
    expect(fullTime('2026-11-21T16:00:00Z')).toBe('2026-11-22 00:00:00');
  });
  it('are short in lists: today, this year, older', () => {
    setTimeZone('Asia/Shanghai');
    const now = at('2026-11-22T10:00:00Z');
    expect(shortTime('2026-11-21T16:00:01Z', now)).toEqual({ day: 'today', date: '11-22', time: '00:00:01' });
    expect(shortTime('2026-11-21T15:59:59Z', now)?.day).toBe('this_year');
    expect(shortTime('2025-11-22T10:00:00Z', now)).toMatchObject({ day: 'older', date: '2025-11-22' });
    expect(shortTime('nonsense', now)).toBeNull();
  });
  it('find midnight of the site, not of the browser', () => {
    setTimeZone('Asia/Shanghai');
    expect(new Date(midnight(at('2026-11-22T06:32:07.250Z'))).toISOString()).toBe('2026-11-21T16:00:00.000Z');
  });
});

describe('numbers', () => {
  it('keep zero apart from not applicable', () => {
    expect(count(1286)).toBe('1,286');
    expect(count(0)).toBe('0');
    expect(count(null)).toBe('—');
    expect(share(0.9481)).toBe('94.8%');
    expect(share(null)).toBe('—');
    expect(bytes(1_572_864)).toBe('1.5 MB');
  });
});

describe('telephone numbers', () => {
  it('are grouped to be read aloud', () => {
    expect(phone('13871562043')).toBe('138 7156 2043');
    expect(phone('+8613871562043')).toBe('138 7156 2043');
    expect(phone('02787654410')).toBe('027-8765 4410');
    expect(phone('8012')).toBe('8012');
  });
  it('stay masked as the server sent them', () => {
    expect(phone('138****2043')).toBe('138****2043');
    expect(phone('anonymous')).toBe('anonymous');
    expect(phone(null)).toBe('—');
  });
});
