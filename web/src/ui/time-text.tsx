/** A moment in a list: "今天 14:32:07", with the full date on hover. */
import { fullTime } from '@/lib/format/date';
import { useNow } from '@/lib/clock';
import { useWords } from '@/lib/i18n/words';

export function Moment({ at }: { at: string | null | undefined }) {
  const { shortTimeText } = useWords();
  const now = useNow();
  return <time dateTime={at ?? undefined} title={fullTime(at)}>{shortTimeText(at, now)}</time>;
}
