/** A waveform as one SVG path: bars up for what the customer heard, bars down for what the customer said. */

export const waveHeight = 72;
const middle = waveHeight / 2;
const reach = middle - 3;

/** Bring a list of peaks (0 to 1) to `bars` bars, each the loudest of its part. */
export function toBars(peaks: number[], bars: number): number[] {
  if (peaks.length <= bars) return peaks;
  return Array.from({ length: bars }, (_, index) => {
    const part = peaks.slice(Math.floor((index * peaks.length) / bars), Math.max(1, Math.floor(((index + 1) * peaks.length) / bars)));
    return Math.max(0, ...part);
  });
}

/** Quiet speech stays visible: the square root lifts small values. */
const height = (peak: number) => Math.max(0.8, Math.sqrt(Math.min(1, Math.max(0, peak))) * reach);

/** Path data in a box of width `peaks.length` and height `waveHeight`. */
export function barsPath(peaks: number[], side: 'up' | 'down'): string {
  return peaks.map((peak, x) => `M${x + 0.5} ${side === 'up' ? middle - 1 : middle + 1}v${(side === 'up' ? -height(peak) : height(peak)).toFixed(1)}`).join('');
}
