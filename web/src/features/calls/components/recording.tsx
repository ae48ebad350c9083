/** The recording of a call with its player: space, arrows, speed, side, download where permitted. */
import { Alert, Button, Segmented, Tooltip } from 'antd';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { audioUrl } from '@/lib/api/calls';
import { may, useMe } from '@/lib/api/session';
import type { CallDetail, Recording as Record } from '@/lib/api/types';
import { duration } from '@/lib/format/duration';
import { bytes } from '@/lib/format/number';
import { useShortcuts } from '@/lib/use-shortcuts';
import { useWords } from '@/lib/i18n/words';
import { Card } from '@/ui/card';
import { Icon } from '@/ui/icons/icon';
import { KeyCap } from '@/ui/key-cap';
import { Empty } from '@/ui/region';
import { speeds, usePlayer, type Side } from '../model/use-player';
import { Waveform } from './waveform';

/** Where the timeline asks to play from; the object changes with each click. */
export interface Seek { at: string }
const jumpS = 5;

function PlayerBox({ recording, seek }: { recording: Record; seek: Seek | null }) {
  const { t } = useTranslation();
  const player = usePlayer(audioUrl(recording.id), (recording.duration_ms ?? 0) / 1000);
  const { seek: goTo, play } = player;
  useEffect(() => {
    if (!seek) return;
    goTo((Date.parse(seek.at) - Date.parse(recording.started_at)) / 1000);
    play();
  }, [seek, recording.started_at, goTo, play]);
  useShortcuts({ play: player.toggle, back: () => player.seek(player.at - jumpS), forward: () => player.seek(player.at + jumpS) });
  const action = t(player.playing ? 'call.recording.pause' : 'call.recording.play');
  return (
    <>
      {player.broken ? <Alert banner type="error" title={t('call.recording.audio_broken')} action={<Button size="small" onClick={player.play}>{t('action.retry')}</Button>} /> : null}
      <Waveform recordingId={recording.id} player={player} />
      <div className="player">
        <Button type="primary" className="player-play" aria-label={action} onClick={player.toggle} icon={<Icon name={player.playing ? 'pause' : 'play'} />} />
        <Button type="text" size="small" onClick={() => player.seek(player.at - jumpS)}>{t('call.recording.back')} <KeyCap>←</KeyCap></Button>
        <Button type="text" size="small" onClick={() => player.seek(player.at + jumpS)}>{t('call.recording.forward')} <KeyCap>→</KeyCap></Button>
        <span className="player-time">{duration(player.at * 1000)} <span>/ {duration(player.length * 1000)}</span></span>
        <Segmented size="small" aria-label={t('call.recording.speed')} value={player.speed} onChange={player.setSpeed} options={speeds.map((value) => ({ value, label: `${value}×` }))} />
        <Segmented<Side> size="small" aria-label={t('call.recording.side')} value={player.side} onChange={player.setSide} options={(['both', 'agent', 'customer'] as const).map((value) => ({ value, label: t(`call.recording.${value}`) }))} />
        <span className="end t3 small">{t('call.recording.logged')}</span>
      </div>
    </>
  );
}

function OneRecording({ recording, number, of, seek }: { recording: Record; number: number; of: number; seek: Seek | null }) {
  const { t } = useTranslation();
  const { word } = useWords();
  const me = useMe();
  const tone = { closed: 'tag tag-good', recording: 'tag tag-info', failed: 'tag tag-bad' }[recording.state];
  const sum = recording.sha256?.slice(0, 8);
  return (
    <Card icon="wave" title={of > 1 ? t('call.recording.number', { n: number }) : t('call.recording.title')} extra={recording.state === 'closed' && may(me, 'recordings.download') ? (
      <Tooltip title={t('call.recording.download_logged')}>
        <Button size="small" href={audioUrl(recording.id, true)} download icon={<Icon name="download" size={14} />}>{t('call.recording.download')}</Button>
      </Tooltip>
    ) : null} hint={(
      <span className="row">
        {recording.state === 'closed' ? <span className="tag">{t('call.recording.stereo', { length: duration(recording.duration_ms) })}</span> : null}
        <span className={tone}>{word('call.recording.state', recording.state)}</span>
        {recording.gap_count > 0 ? <span className="tag tag-warn">{t('call.recording.gaps', { count: recording.gap_count })}</span> : null}
        {sum ? <span className="cut" title={recording.sha256 ?? undefined}>{bytes(recording.bytes)} · {t('call.recording.sum', { sum })}</span> : null}
      </span>
    )}>
      {recording.state === 'closed' ? <PlayerBox recording={recording} seek={seek} /> : null}
      {recording.state === 'recording' ? <Empty title={t('call.recording.open')} /> : null}
      {recording.state === 'failed' ? <Alert banner type="error" title={t('call.recording.failed', { reason: recording.reason ?? '—' })} /> : null}
    </Card>
  );
}

export function Recordings({ call, seek }: { call: CallDetail; seek: Seek | null }) {
  const { t } = useTranslation();
  if (call.recordings.length === 0) {
    return <Card icon="wave" title={t('call.recording.title')}><Empty title={t('call.recording.none')} how={t('call.recording.none_how')} /></Card>;
  }
  return call.recordings.map((recording, index) => <OneRecording key={recording.id} recording={recording} number={index + 1} of={call.recordings.length} seek={index === 0 ? seek : null} />);
}
