/** The quiet page around logging in: brand, one card, language and appearance. */
import { Segmented } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { languages } from '@/lib/i18n';
import { usePreferences, type Language, type ModeChoice } from '@/lib/preferences';
import { Logo } from '@/ui/logo';
import './sign-in.css';

export function Frame({ title, children }: { title: string; children: ReactNode }) {
  const { t } = useTranslation();
  const { language, setLanguage, mode, setMode } = usePreferences();
  return (
    <div className="sign-in">
      <main className="sign-in-card">
        <div className="sign-in-brand"><Logo size={36} /><div><strong>{t('app.name')}</strong><div className="t2 small">{t('sign_in.lead')}</div></div></div>
        <h1>{title}</h1>
        {children}
      </main>
      <footer className="sign-in-foot">
        <Segmented<Language> aria-label={t('shell.language_label')} value={language} onChange={(code) => setLanguage(code)}
          options={languages.map(({ code, name }) => ({ value: code, label: name }))} />
        <Segmented<ModeChoice> aria-label={t('shell.mode.label')} value={mode} onChange={setMode}
          options={(['light', 'dark', 'system'] as const).map((value) => ({ value, label: t(`shell.mode.${value}`) }))} />
      </footer>
    </div>
  );
}
