/** One bar of agent states with its legend: width, shape, word and number. */
import { useTranslation } from 'react-i18next';
import { signOrder, type StateSign } from '@/live/agent-state';
import { StateShape } from '@/ui/shapes';

export function StateBar({ counts }: { counts: Record<StateSign, number> }) {
  const { t } = useTranslation();
  const present = signOrder.filter((sign) => counts[sign] > 0);
  return (
    <div className="board-state">
      {present.length > 0 ? (
        <div className="state-bar" role="img" aria-label={t('board.agents.state_bar')}>
          {present.map((sign) => <i key={sign} style={{ flex: counts[sign], background: `var(--s-${sign})` }}>{counts[sign]}</i>)}
        </div>
      ) : null}
      <div className="state-legend">
        {[...signOrder, 'offline' as const].map((sign) => (
          <span key={sign}><span style={{ color: `var(--s-${sign})` }}><StateShape sign={sign} size={12} /></span>{t(`sign.${sign}`)} <b>{counts[sign]}</b></span>
        ))}
      </div>
    </div>
  );
}
