/** How a call ended for us, as a word in a quiet tag; in progress it says so. */
import { useWords } from '@/lib/i18n/words';
import type { CallRow } from '@/lib/api/types';

const good = ['answered', 'diverted', 'self_served', 'voicemail', 'callback_taken'];
const bad = ['failed', 'refused', 'timed_out', 'abandoned_in_queue', 'not_reached'];

export function ResultTag({ call }: { call: Pick<CallRow, 'result' | 'phase' | 'ended_at'> }) {
  const { word } = useWords();
  if (!call.ended_at) return <span className="tag tag-info">{word('phase', call.phase)}</span>;
  const tone = good.includes(call.result ?? '') ? 'tag-good' : bad.includes(call.result ?? '') ? 'tag-bad' : '';
  return <span className={`tag ${tone}`}>{word('result', call.result)}</span>;
}
