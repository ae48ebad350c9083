/** What a person chose for this browser: language and colour mode. */
import { create } from 'zustand';
import { persist } from 'zustand/middleware';

export type Language = 'zh-CN' | 'en';
export type ModeChoice = 'light' | 'dark' | 'system';

interface Preferences {
  language: Language;
  /** Whether the person chose the language here; otherwise the account's language wins. */
  languageChosen: boolean;
  mode: ModeChoice;
  setLanguage: (language: Language, chosen?: boolean) => void;
  setMode: (mode: ModeChoice) => void;
}

const browserLanguage = (): Language => (navigator.language.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en');

export const usePreferences = create<Preferences>()(
  persist(
    (set) => ({
      language: browserLanguage(),
      languageChosen: false,
      mode: 'system',
      setLanguage: (language, chosen = true) => set({ language, languageChosen: chosen }),
      setMode: (mode) => set({ mode }),
    }),
    { name: 'cordboard.preferences' },
  ),
);
