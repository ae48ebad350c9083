/** One lane per party, segments in state colours, words from 40 px on; `T` shows the same as a table. */
import { Segmented } from 'antd';
import { useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CallDetail } from '@/lib/api/types';
import { useNow } from '@/lib/clock';
import { clockTime } from '@/lib/format/date';
import { duration } from '@/lib/format/duration';
import { phone } from '@/lib/format/phone';
import { useWords } from '@/lib/i18n/words';
import { Card } from '@/ui/card';
import { Icon } from '@/ui/icons/icon';
import { PhaseMark, segmentState } from '@/ui/phase-mark';
import { Empty } from '@/ui/region';
import { useNarrow } from '@/ui/use-media';
import { lanesOf, type Bar, type Lane, type Timeline as Lanes } from '../model/timeline';

/** Words stand in a segment from 40 px on, if they fit. */
const wordPx = 40;
/** A recording starts with the answer, a few milliseconds after the arrival. */
const slackMs = 1000;
const fits = (text: string, px: number) => px >= Math.max(wordPx, [...text].reduce((sum, letter) => sum + (letter > '\u2e80' ? 12.5 : 7), 8));

function useWidth() {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(800);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element || typeof ResizeObserver === 'undefined') return undefined;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth - 144 - 32));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [box, width] as const;
}

interface Props { call: CallDetail; onSeek: ((at: string) => void) | null }
type ViewProps = Props & { lanes: Lanes; nameOf: (lane: Lane) => string };

function Picture({ call, lanes, nameOf, onSeek }: ViewProps) {
  const { t } = useTranslation();
  const { word } = useWords();
  const [box, width] = useWidth();
  const spans = call.recordings.filter((one) => one.state === 'closed').map((one) => [Date.parse(one.started_at), Date.parse(one.started_at) + (one.duration_ms ?? 0)] as const);
  const recorded = ({ segment }: Bar) => onSeek !== null && segment.kind !== 'wrap_up' && !(segment.timeline === 'agent' && segment.kind === 'ring')
    && spans.some(([from, to]) => Date.parse(segment.started_at) >= from - slackMs && Date.parse(segment.started_at) < to);
  const piece = (bar: Bar) => {
    const { kind, started_at: from } = bar.segment;
    const px = bar.width * width;
    const label = t('call.timeline.label', { kind: word('segment', kind), length: duration(bar.lengthMs), from: clockTime(from) });
    const shared = {
      key: `${kind}${from}`, title: label, 'aria-label': label, className: `segment segment-${kind}${bar.open ? ' segment-open' : ''}`,
      style: { left: `${bar.left * 100}%`, width: `${bar.width * 100}%`, '--segment': `var(--s-${segmentState(kind)})` } as React.CSSProperties,
    };
    const { key, ...rest } = shared;
    const short = word('segment', kind);
    const long = t('call.timeline.segment', { kind: short, length: duration(bar.lengthMs) });
    const text = fits(long, px) ? long : fits(short, px) ? short : null;
    return recorded(bar) ? <button key={key} type="button" {...rest} onClick={() => onSeek?.(from)}>{text}</button> : <span key={key} role="img" {...rest}>{text}</span>;
  };
  return (
    <div className="lanes" ref={box}>
      {lanes.lanes.map((lane) => (
        <div className="lane" key={lane.id}><span className="lane-name cut" title={nameOf(lane)}>{nameOf(lane)}</span><div className="lane-track">{lane.bars.map(piece)}</div></div>
      ))}
      <div className="lane-ticks"><span /><div>{lanes.ticks.map((ms, index) => <time key={index}>{index === lanes.ticks.length - 1 && !call.ended_at ? t('call.timeline.now') : clockTime(new Date(ms).toISOString())}</time>)}</div></div>
    </div>
  );
}

function Table({ lanes, nameOf }: ViewProps) {
  const { t } = useTranslation();
  const { word } = useWords();
  return (
    <table className="table table-dense">
      <thead><tr><th>{t('call.timeline.party')}</th><th>{t('call.timeline.kind')}</th><th className="right">{t('call.timeline.from')}</th><th className="right">{t('call.timeline.to')}</th><th className="right">{t('call.timeline.length')}</th></tr></thead>
      <tbody>
        {lanes.lanes.flatMap((lane) => lane.bars.map((bar) => (
          <tr key={`${lane.id}${bar.segment.kind}${bar.segment.started_at}`}>
            <td>{nameOf(lane)}</td><td><PhaseMark kind={bar.segment.kind} label={word('segment', bar.segment.kind)} /></td>
            <td className="right">{clockTime(bar.segment.started_at)}</td><td className="right">{bar.open ? t('call.timeline.now') : clockTime(bar.segment.ended_at)}</td><td className="right">{duration(bar.lengthMs)}</td>
          </tr>
        )))}
      </tbody>
    </table>
  );
}

export function Timeline({ call, onSeek }: Props) {
  const { t } = useTranslation();
  const { word } = useWords();
  const now = useNow();
  const [view, setView] = useState<'picture' | 'table'>('picture');
  const lanes = lanesOf(call.segments, call.arrived_at, call.ended_at, now);
  const customer = call.direction === 'outbound' ? call.called_number : call.caller_number;
  const narrow = useNarrow();
  const nameOf = (lane: Lane) => (lane.timeline === 'customer' ? narrow ? word('party', 'customer') : t('call.timeline.lane_customer', { number: customer ? phone(customer) : '' }).trim() : lane.name ?? word('party', 'agent'));
  const props = { call, lanes, nameOf, onSeek };
  return (
    <Card title={t('call.timeline.title')} icon="clock" hint={onSeek && !narrow ? t('call.timeline.hint') : undefined} extra={(
      <Segmented size="small" value={view} onChange={setView} aria-label={t('call.timeline.table')} options={[
        { value: 'picture', icon: <Icon name="lanes" size={14} label={t('call.timeline.title')} /> }, { value: 'table', icon: <Icon name="list" size={14} label={t('call.timeline.table')} /> },
      ]} />
    )}>
      {lanes.lanes.length === 0 ? <Empty title={t('call.timeline.empty')} /> : view === 'picture' ? <Picture {...props} /> : <Table {...props} />}
    </Card>
  );
}
