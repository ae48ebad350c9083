/** A number with its name, unit, note and formula. */
import { Popover } from 'antd';
import { useTranslation } from 'react-i18next';
import { Flash } from './flash';
import { Icon } from './icons/icon';

interface Props { label: string; value: string; unit?: string; note?: string; formula?: string; tone?: 'bad' | 'warn' }

export function Figure({ label, value, unit, note, formula, tone }: Props) {
  const { t } = useTranslation();
  return (
    <div className="figure">
      <div className="figure-label">
        {label}
        {formula ? (
          <Popover content={<div className="figure-formula">{formula}</div>} trigger={['click', 'focus']} placement="bottom">
            <button type="button" className="figure-info" aria-label={`${label} ${t('board.formula.label')}`}><Icon name="info" size={14} /></button>
          </Popover>
        ) : null}
      </div>
      <div className={tone ? `figure-value ${tone}` : 'figure-value'}>
        <Flash value={value}>{value}</Flash>
        {unit ? <small>{unit}</small> : null}
      </div>
      {note ? <div className="figure-note">{note}</div> : null}
    </div>
  );
}
