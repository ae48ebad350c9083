/** Shortcuts by physical key, so that they also work while an input method is composing. */

export type Command =
  | 'sign_in_out' | 'ready' | 'not_ready' | 'away' | 'finish_wrap_up'
  | 'row_down' | 'row_up' | 'row_open' | 'search' | 'shortcuts' | 'next_landmark'
  | 'play' | 'back' | 'forward';

export interface KeyPress { code: string; altKey?: boolean; ctrlKey?: boolean; metaKey?: boolean; shiftKey?: boolean; typing?: boolean }
interface Shortcut { command: Command; code: string; alt?: boolean; shift?: boolean; cap: string; everywhere?: boolean }

/** `everywhere`: works inside inputs too. Single letters never do. */
export const shortcuts: readonly Shortcut[] = [
  { command: 'sign_in_out', code: 'Digit0', alt: true, cap: 'Alt 0', everywhere: true },
  { command: 'ready', code: 'Digit1', alt: true, cap: 'Alt 1', everywhere: true },
  { command: 'not_ready', code: 'Digit2', alt: true, cap: 'Alt 2', everywhere: true },
  { command: 'away', code: 'Digit3', alt: true, cap: 'Alt 3', everywhere: true },
  { command: 'finish_wrap_up', code: 'Digit4', alt: true, cap: 'Alt 4', everywhere: true },
  { command: 'row_down', code: 'KeyJ', cap: 'J' },
  { command: 'row_up', code: 'KeyK', cap: 'K' },
  { command: 'row_open', code: 'Enter', cap: '↵' },
  { command: 'search', code: 'Slash', cap: '/' },
  { command: 'shortcuts', code: 'Slash', shift: true, cap: '?' },
  { command: 'next_landmark', code: 'F6', cap: 'F6', everywhere: true },
  { command: 'play', code: 'Space', cap: 'Space' },
  { command: 'back', code: 'ArrowLeft', cap: '←' },
  { command: 'forward', code: 'ArrowRight', cap: '→' },
];

/** The command of a key press, or nothing. */
export function commandOf(press: KeyPress): Command | null {
  if (press.ctrlKey || press.metaKey) return null;
  const hit = shortcuts.find((one) => one.code === press.code
    && Boolean(one.alt) === Boolean(press.altKey) && Boolean(one.shift) === Boolean(press.shiftKey));
  if (!hit || (press.typing && !hit.everywhere)) return null;
  return hit.command;
}

/** What is printed on the key caps beside a button. */
export const capOf = (command: Command): string => shortcuts.find((one) => one.command === command)?.cap ?? '';

/** Is the person writing in this element? */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName);
}
