/** What the caller pressed and where it led: nodes, keys and queues in order of time. */
import { useTranslation } from 'react-i18next';
import type { CallDetail } from '@/lib/api/types';
import { clockTime } from '@/lib/format/date';
import { duration } from '@/lib/format/duration';
import { useLabel } from '@/lib/i18n/label';
import { useWords } from '@/lib/i18n/words';
import { useQueueName } from '@/live/use-queue-name';
import { Card } from '@/ui/card';
import { Icon } from '@/ui/icons/icon';
import { KeyCap } from '@/ui/key-cap';
import { Empty } from '@/ui/region';
import { groupKeys } from '../model/timeline';

interface Entry { at: string; mark: React.ReactNode; text: string; tip?: string }

export function KeysPath({ call }: { call: CallDetail }) {
  const { t } = useTranslation();
  const { word } = useWords();
  const queueName = useQueueName();
  const label = useLabel();
  const labels = new Map(call.path.map((step) => [step.node_id, label(step.label || step.node_id)]));
  // A node in which keys were pressed is told by its keys.
  const keyed = new Set(call.keys.map((key) => key.node));
  const steps: Entry[] = call.path.filter((step) => step.node_kind !== 'start' && !keyed.has(step.node_id)).map((step) => ({
    at: step.at, mark: <span className="tag">{word('call.node', step.node_kind)}</span>, text: label(step.label || step.node_id),
    tip: step.exit ? t('call.keys.exit', { exit: step.exit }) : undefined,
  }));
  const keys: Entry[] = groupKeys(call.keys).map((group) => ({
    at: group.at, mark: <KeyCap digit>{group.digits}</KeyCap>, text: group.node ? labels.get(group.node) ?? group.node : '',
  }));
  const visits: Entry[] = call.visits.map((visit) => ({
    at: visit.entered_at, mark: <span className="tag tag-info"><Icon name="queue" size={14} />{queueName(visit.queue_id, visit.queue_name)}</span>,
    text: visit.position_announced.length > 0
      ? t(visit.left_at ? 'call.keys.position' : 'call.keys.position_open', { positions: visit.position_announced.join(', '), wait: duration(visit.wait_ms) })
      : visit.left_at ? t('call.keys.waited', { wait: duration(visit.wait_ms) }) : t('call.keys.waiting'),
  }));
  const entries = [...keys, ...steps, ...visits].sort((a, b) => a.at.localeCompare(b.at));
  const data = Object.entries(call.call_data ?? {});
  return (
    <Card title={t('call.keys.title')} icon="keypad">
      {entries.length === 0 && data.length === 0 ? <Empty title={t('call.keys.empty')} /> : null}
      <ol style={{ padding: entries.length > 0 ? '4px 0 6px' : 0 }}>
        {entries.map((entry, index) => (
          <li className="key-line" key={index}><time>{clockTime(entry.at)}</time>{entry.mark}<span title={entry.tip}>{entry.text}</span></li>
        ))}
      </ol>
      {data.length > 0 ? (
        <dl className="data-list" aria-label={t('call.keys.data')}>
          {data.map(([name, value]) => <div key={name} style={{ display: 'contents' }}><dt>{word('data', name)}</dt><dd>{word('value', value)}</dd></div>)}
        </dl>
      ) : null}
    </Card>
  );
}
