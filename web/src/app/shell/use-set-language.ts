/** The language of the screens: at once here, and remembered by the account. */
import { rememberLanguage } from '@/lib/api/session';
import { usePreferences, type Language } from '@/lib/preferences';

export function useSetLanguage(): (language: Language) => void {
  const setLanguage = usePreferences((preferences) => preferences.setLanguage);
  return (language) => {
    setLanguage(language);
    // The choice holds in this browser in any case.
    rememberLanguage(language).catch(() => undefined);
  };
}
