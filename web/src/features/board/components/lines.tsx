/** Trunks and phones with their states. */
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useWords } from '@/lib/i18n/words';
import type { LiveLine } from '@/live/types';
import { Card } from '@/ui/card';
import { Icon } from '@/ui/icons/icon';
import { Since } from '@/ui/live-time';
import { Empty } from '@/ui/region';
import { StateShape } from '@/ui/shapes';

const limit = 200;
const trouble = (line: LiveLine) => line.state === 'down' || line.state === 'unregistered';

function Line({ line }: { line: LiveLine }) {
  const { t } = useTranslation();
  const { word } = useWords();
  const tone = line.state === 'down' ? 'bad' : line.state === 'unregistered' ? 't3' : line.state === 'busy' ? '' : 'good';
  const sign = line.state === 'down' ? 'lost' : line.state === 'unregistered' ? 'offline' : line.state === 'busy' ? 'talking' : 'ready';
  return (
    <div className="line">
      <span className="t2"><Icon name={line.kind} /></span>
      <span className="cut"><span className="half">{line.name}</span> <span className="t3">{line.number}</span></span>
      <span className="t2 small">{line.kind === 'trunk' ? t('board.lines.calls', { count: line.calls }) : trouble(line) ? <Since from={line.since} /> : null}</span>
      <span className={`line-state ${tone}`} style={line.state === 'busy' ? { color: 'var(--s-talking)' } : undefined}><StateShape sign={sign} />{word('board.line_state', line.state)}</span>
    </div>
  );
}

export function Lines({ lines }: { lines: LiveLine[] }) {
  const { t } = useTranslation();
  const sorted = useMemo(() => [...lines].sort((a, b) => Number(trouble(b)) - Number(trouble(a)) || (a.number ?? '').localeCompare(b.number ?? '') || a.name.localeCompare(b.name)), [lines]);
  const trunks = sorted.filter((line) => line.kind === 'trunk');
  const phones = sorted.filter((line) => line.kind === 'phone');
  const registered = phones.filter((line) => line.state !== 'unregistered').length;
  return (
    <Card title={t('board.lines.title')} icon="trunk" className="board-lines">
      {lines.length === 0 ? <Empty title={t('board.lines.empty')} how={t('board.lines.empty_how')} /> : (
        <div className="card-scroll">
          {trunks.length > 0 ? <div className="line-group"><span>{t('board.lines.trunks')}</span></div> : null}
          {trunks.map((line) => <Line key={line.id} line={line} />)}
          {phones.length > 0 ? <div className="line-group"><span>{t('board.lines.phones')}</span><span>{t('board.lines.phone_summary', { up: registered, all: phones.length })}</span></div> : null}
          {phones.slice(0, limit).map((line) => <Line key={line.id} line={line} />)}
        </div>
      )}
    </Card>
  );
}
