/** One shape per state, so that colour is never alone. */
import type { AgentState } from './theme';

const cutOut = 'var(--shape-cut, var(--card))';

function shape(sign: AgentState | 'lost') {
  switch (sign) {
    case 'ready': return <circle cx="8" cy="8" r="6.5" fill="currentColor" />;
    case 'ringing': return <path d="M8 1.2 15.3 14.5H.7z" fill="currentColor" />;
    case 'talking': return (
      <>
        <rect x="1" y="1" width="14" height="14" rx="3.5" fill="currentColor" />
        <path d="M5 6.5v3M8 4.5v7M11 6.5v3" stroke={cutOut} strokeWidth="1.7" strokeLinecap="round" />
      </>
    );
    case 'hold': return (
      <>
        <rect x="2" y="1.5" width="4.5" height="13" rx="1.2" fill="currentColor" />
        <rect x="9.5" y="1.5" width="4.5" height="13" rx="1.2" fill="currentColor" />
      </>
    );
    case 'wrapup': return (
      <>
        <circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" strokeWidth="1.8" />
        <path d="M8 1.8a6.2 6.2 0 0 1 0 12.4z" fill="currentColor" />
      </>
    );
    case 'busy': return (
      <>
        <path d="M5 .8h6L15.2 5v6L11 15.2H5L.8 11V5z" fill="currentColor" />
        <path d="M4.5 8h7" stroke={cutOut} strokeWidth="2.2" strokeLinecap="round" />
      </>
    );
    case 'away': return <path d="M13.8 10.4A6.6 6.6 0 1 1 6.4 1.5a5.4 5.4 0 0 0 7.4 8.9z" fill="currentColor" />;
    case 'lost': return <path d="M3 3l10 10M13 3 3 13" stroke="currentColor" strokeWidth="2.4" strokeLinecap="round" />;
    default: return <circle cx="8" cy="8" r="5.8" fill="none" stroke="currentColor" strokeWidth="2.2" />;
  }
}

export function StateShape({ sign, size = 12 }: { sign: AgentState | 'lost'; size?: number }) {
  return <svg width={size} height={size} viewBox="0 0 16 16" aria-hidden="true" style={{ flex: 'none' }}>{shape(sign)}</svg>;
}
