/** Binds commands to what a page does with them. */
import { useEffect, useRef } from 'react';
import { commandOf, isTyping, type Command } from './keys';

type Handlers = Partial<Record<Command, (() => void) | undefined>>;
const pressable = 'button, a, [role=button], [role=tab], [role=option], [role=menuitem], summary';

/** A handler that is undefined leaves the key to the browser. */
export function useShortcuts(handlers: Handlers): void {
  const latest = useRef(handlers);
  useEffect(() => {
    latest.current = handlers;
  });
  useEffect(() => {
    function onKey(event: KeyboardEvent) {
      const command = commandOf({
        code: event.code, altKey: event.altKey, ctrlKey: event.ctrlKey, metaKey: event.metaKey, shiftKey: event.shiftKey,
        typing: isTyping(event.target),
      });
      const handler = command && latest.current[command];
      if (!handler || event.defaultPrevented) return;
      const onControl = event.target instanceof Element && event.target.closest(pressable);
      if (onControl && (event.code === 'Enter' || event.code === 'Space')) return;
      event.preventDefault();
      handler();
    }
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
}
