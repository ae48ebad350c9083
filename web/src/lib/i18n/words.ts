/** Words for codes that come from the server, and times in words. */
import { useTranslation } from 'react-i18next';
import { shortTime } from '../format/date';
import { durationText } from '../format/duration';
import { i18next } from '.';

type Family =
  | 'state' | 'plan' | 'skill' | 'value' | 'reason' | 'phase' | 'segment' | 'direction' | 'result' | 'party' | 'role' | 'data' | 'board.line_state'
  | 'call.node' | 'call.visit' | 'call.rule' | 'call.offer' | 'call.leg_end' | 'call.passed' | 'call.recording.state' | 'desk.verb_problem' | 'language';

/** The word of a code; a code we do not know is shown as it is rather than hidden. */
export function word(family: Family, code: string | null | undefined): string {
  if (!code) return '—';
  const key = `${family}.${code}`;
  return i18next.exists(key) ? (i18next.t as (name: string) => string)(key) : code;
}

/** "今天 14:32:07", "11-22 14:32:07" */
export function shortTimeText(iso: string | null | undefined, nowMs: number): string {
  const short = shortTime(iso, nowMs);
  if (!short) return '—';
  return short.day === 'today' ? i18next.t('time.today', { time: short.time }) : i18next.t('time.date_time', { date: short.date, time: short.time });
}

/** "7 分 1 秒" */
export function durationWords(ms: number): string {
  const { key, ...values } = durationText(ms);
  return i18next.t(key, values);
}

/** The word of a call's language tag. */
export const languageWord = (tag: string | null | undefined): string => word('language', tag?.split('-')[0]);

/** Subscribes the component to language changes, so that `word` is read again. */
export function useWords() {
  useTranslation();
  return { word, shortTimeText, durationWords, languageWord };
}
