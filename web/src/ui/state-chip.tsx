/** State of an agent: shape, word, optional reason and running time. */
import { StateShape } from './shapes';
import type { AgentState } from './theme';

interface Props {
  sign: AgentState;
  /** The word with its reason, from the catalogue. */
  label: string;
  time?: string;
  /** The connection is lost: nothing is sure. */
  lost?: boolean;
}

export function StateChip({ sign, label, time, lost = false }: Props) {
  return (
    <span
      className={lost ? 'chip chip-lost' : 'chip'}
      style={{ color: `var(--s-${sign})`, background: `var(--b-${sign})`, '--shape-cut': `var(--b-${sign})` } as React.CSSProperties}
    >
      <StateShape sign={lost ? 'lost' : sign} />
      <span>{label}</span>
      {time ? <time>{time}</time> : null}
    </span>
  );
}
