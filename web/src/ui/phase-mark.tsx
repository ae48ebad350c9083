/** A small square in the colour of a segment kind, before its word. */
import type { AgentState } from './theme';

export type SegmentName = 'flow' | 'queue' | 'ring' | 'dial' | 'talk' | 'hold' | 'consult' | 'wrap_up' | 'ended';

const colours: Record<SegmentName, AgentState> = {
  flow: 'offline', queue: 'ringing', ring: 'ringing', dial: 'ringing', talk: 'talking', hold: 'hold', consult: 'hold', wrap_up: 'wrapup', ended: 'offline',
};

/** Which state colour a segment wears. */
export const segmentState = (kind: SegmentName): AgentState => colours[kind] ?? 'offline';

export function PhaseMark({ kind, label }: { kind: SegmentName; label: string }) {
  return <span className="phase" style={{ '--phase': `var(--s-${segmentState(kind)})` } as React.CSSProperties}><i />{label}</span>;
}
