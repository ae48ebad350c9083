/** Colour mode and language for Ant Design and the style sheets. */
import { App as AntApp, ConfigProvider } from 'antd';
import en from 'antd/locale/en_US';
import zhCn from 'antd/locale/zh_CN';
import dayjs from 'dayjs';
import 'dayjs/locale/zh-cn';
import { useInsertionEffect, useMemo, type ReactNode } from 'react';
import { usePreferences } from '@/lib/preferences';
import { cssVariables } from '@/ui/css-variables';
import { antTheme, type Mode } from '@/ui/theme';
import { usePrefersDark } from '@/ui/use-media';

function useMode(): Mode {
  const choice = usePreferences((one) => one.mode);
  const prefersDark = usePrefersDark();
  if (choice === 'system') return prefersDark ? 'dark' : 'light';
  return choice;
}

export function ThemeProvider({ children }: { children: ReactNode }) {
  const mode = useMode();
  const language = usePreferences((one) => one.language);
  const theme = useMemo(() => antTheme(mode), [mode]);
  useInsertionEffect(() => {
    const id = 'cordboard-tokens';
    const style = document.getElementById(id) ?? document.head.appendChild(Object.assign(document.createElement('style'), { id }));
    style.textContent = `:root { ${cssVariables(mode)} }`;
    document.documentElement.dataset.mode = mode;
  }, [mode]);
  dayjs.locale(language === 'en' ? 'en' : 'zh-cn');
  return (
    <ConfigProvider theme={theme} locale={language === 'en' ? en : zhCn} button={{ autoInsertSpace: false }}>
      <AntApp component={false} message={{ maxCount: 3, duration: 4 }}>{children}</AntApp>
    </ConfigProvider>
  );
}
