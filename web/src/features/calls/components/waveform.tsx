/** Two-channel waveform: what the customer heard above, what the customer said below. Click or drag to seek. */
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { waveformQuery } from '@/lib/api/calls';
import { duration } from '@/lib/format/duration';
import { useNarrow } from '@/ui/use-media';
import { barsPath, toBars, waveHeight } from '../model/wave';
import type { Player } from '../model/use-player';

const points = 800;
const bars = { wide: 260, narrow: 96 };

export function Waveform({ recordingId, player }: { recordingId: string; player: Player }) {
  const { t } = useTranslation();
  const { data, isError } = useQuery(waveformQuery(recordingId, points));
  const share = player.length > 0 ? Math.min(1, player.at / player.length) : 0;
  const most = useNarrow() ? bars.narrow : bars.wide;
  const heard = toBars(data?.heard ?? [], most);
  const said = toBars(data?.said ?? [], most);
  const width = Math.max(1, heard.length, said.length);
  const seekTo = (event: React.PointerEvent<HTMLDivElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    player.seek(((event.clientX - box.left) / box.width) * player.length);
  };
  const half = (className: string | undefined, from: number, to: number) => (
    <svg viewBox={`0 0 ${width} ${waveHeight}`} preserveAspectRatio="none" className={className} aria-hidden="true"
      style={{ position: 'absolute', inset: 0, clipPath: `inset(0 ${(1 - to) * 100}% 0 ${from * 100}%)` }}>
      <path d={barsPath(heard, 'up')} stroke="var(--chart1)" strokeWidth="0.62" fill="none" />
      <path d={barsPath(said, 'down')} stroke="var(--chart2)" strokeWidth="0.62" fill="none" />
    </svg>
  );
  return (
    <div className="wave">
      <div className="wave-box" role="slider" tabIndex={0} aria-label={t('call.recording.position')} aria-valuemin={0} aria-valuemax={Math.round(player.length)}
        aria-valuenow={Math.round(player.at)} aria-valuetext={duration(player.at * 1000)}
        onPointerDown={(event) => { event.currentTarget.setPointerCapture(event.pointerId); seekTo(event); }}
        onPointerMove={(event) => { if (event.buttons === 1) seekTo(event); }}>
        {half(undefined, 0, share)}
        {half('wave-later', share, 1)}
        {player.at > 0 ? <div className="wave-head" style={{ left: `${share * 100}%` }}><span>{duration(player.at * 1000)}</span></div> : null}
      </div>
      <div className="wave-times">
        <span>0:00</span>
        <div className="wave-legend">
          <span><i style={{ background: 'var(--chart1)' }} />{t('call.recording.heard')}</span>
          <span><i style={{ background: 'var(--chart2)' }} />{t('call.recording.said')}</span>
          {isError ? <span className="warn">{t('call.recording.wave_broken')}</span> : null}
        </div>
        <span>{duration(player.length * 1000)}</span>
      </div>
    </div>
  );
}
