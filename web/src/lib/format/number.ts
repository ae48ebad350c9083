/** Counts, shares and sizes. Zero is 0, not applicable is a dash. */

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const one = new Intl.NumberFormat('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 });

export const none = '—';

/** 1,286 */
export const count = (value: number | null | undefined): string => (value === null || value === undefined ? none : whole.format(value));

/** 94.8 of a ratio 0 to 1; the sign is put by the caller's catalogue or layout. */
export const share = (ratio: number | null | undefined): string => (ratio === null || ratio === undefined ? none : `${one.format(ratio * 100)}%`);

/** 1.4 MB */
export function bytes(value: number | null | undefined): string {
  if (value === null || value === undefined) return none;
  if (value < 1024 * 1024) return `${one.format(value / 1024)} kB`;
  return `${one.format(value / 1024 / 1024)} MB`;
}

/** One decimal, for MOS and jitter. */
export const decimal = (value: number | null | undefined): string => (value === null || value === undefined ? none : one.format(value));
