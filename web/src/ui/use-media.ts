/** Width steps of the design guide. */
import { useSyncExternalStore } from 'react';

function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const media = window.matchMedia(query);
      media.addEventListener('change', listener);
      return () => media.removeEventListener('change', listener);
    },
    () => window.matchMedia(query).matches,
  );
}

/** The phone: one column, cards instead of tables. */
export const useNarrow = () => useMedia('(max-width: 767px)');
export const useDrawerWidth = () => useMedia('(max-width: 1279px)');
export const usePrefersDark = () => useMedia('(prefers-color-scheme: dark)');
