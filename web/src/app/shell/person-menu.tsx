/** The person at this screen: language, appearance, password, shortcuts, logout. */
import { useNavigate } from '@tanstack/react-router';
import { App, Dropdown } from 'antd';
import { useTranslation } from 'react-i18next';
import { logout, useMe } from '@/lib/api/session';
import { languages } from '@/lib/i18n';
import { usePreferences, type Language, type ModeChoice } from '@/lib/preferences';
import { useLiveAgent } from '@/live/selectors';
import { useSetLanguage } from './use-set-language';

export function PersonMenu({ onHelp }: { onHelp: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const me = useMe();
  const agent = useLiveAgent(me.agent_id);
  const navigate = useNavigate();
  const { language, mode, setMode } = usePreferences();
  const setLanguage = useSetLanguage();
  const role = t(`role.${me.role}`);

  async function leave() {
    if (agent?.call_id && agent.state !== 'wrap_up') {
      void message.warning(t('shell.person.logout_busy'));
      return;
    }
    await logout().catch(() => undefined);
    // A fresh page: nothing of this person stays in memory for the next one at this seat.
    window.location.assign('/sign-in');
  }

  const items = [
    { key: 'language', label: t('shell.language_label'), children: languages.map(({ code, name }) => ({ key: `language:${code}`, label: name })) },
    { key: 'mode', label: t('shell.mode.label'), children: (['light', 'dark', 'system'] as const).map((key) => ({ key: `mode:${key}`, label: t(`shell.mode.${key}`) })) },
    { type: 'divider' as const },
    { key: 'shortcuts', label: t('shell.person.shortcuts') },
    { key: 'password', label: t('shell.person.password') },
    { key: 'logout', label: t('shell.person.logout') },
  ];
  function choose(key: string) {
    if (key.startsWith('language:')) setLanguage(key.slice(9) as Language);
    else if (key.startsWith('mode:')) setMode(key.slice(5) as ModeChoice);
    else if (key === 'shortcuts') onHelp();
    else if (key === 'password') void navigate({ to: '/password' });
    else if (key === 'logout') void leave();
  }
  return (
    <Dropdown trigger={['click']} autoFocus placement="bottomRight" menu={{ items, selectedKeys: [`language:${language}`, `mode:${mode}`], onClick: ({ key }) => choose(key) }}>
      <button type="button" className="person" aria-label={t('shell.person.menu')}>
        <span className="person-sign" aria-hidden="true">{[...me.display_name][0] ?? '?'}</span>
        <span className="person-text">
          <span className="person-name">{me.display_name}</span>
          <span className="person-role">{agent?.agent_number ? t('shell.person.with_number', { number: agent.agent_number, role }) : role}</span>
        </span>
      </button>
    </Dropdown>
  );
}
