/** What the caller keyed, as a path: digits of one node together, with the node's label. Pure. */
import type { CallDetail } from '@/lib/api/types';

export interface KeyedStep { digits: string; label: string | null }

export function keyedPath(detail: Pick<CallDetail, 'keys' | 'path'> | undefined): KeyedStep[] {
  if (!detail) return [];
  const labels = new Map(detail.path.map((step) => [step.node_id, step.label]));
  const steps: (KeyedStep & { node: string | null })[] = [];
  for (const key of detail.keys) {
    const last = steps.at(-1);
    if (last && last.node !== null && last.node === key.node) last.digits += key.digit;
    else steps.push({ digits: key.digit, node: key.node, label: key.node ? labels.get(key.node) ?? null : null });
  }
  return steps.map(({ digits, label }) => ({ digits, label }));
}
