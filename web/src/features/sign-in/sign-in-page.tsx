/** Login: name and password, a clear reason when refused, the seconds to wait when limited. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Alert, Button, Form, Input, type InputRef } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { home, login, sessionQuery } from '@/lib/api/session';
import { durationWords } from '@/lib/i18n/words';
import { usePreferences } from '@/lib/preferences';
import { Frame } from './frame';
import { refusalOf } from './model';

function useCountdown(error: unknown): number {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    const until = error ? Date.now() + refusalOf(error).waitS * 1000 : 0;
    const show = () => setLeft(Math.max(0, Math.ceil((until - Date.now()) / 1000)));
    show();
    const timer = setInterval(show, 250);
    return () => clearInterval(timer);
  }, [error]);
  return left;
}

export function SignInPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const { next } = useSearch({ from: '/sign-in' });
  const password = useRef<InputRef>(null);
  const attempt = useMutation({
    mutationFn: (form: { name: string; password: string }) => login(form.name.trim(), form.password),
    onSuccess: (user) => {
      queries.setQueryData(sessionQuery.queryKey, user);
      const { languageChosen, setLanguage } = usePreferences.getState();
      if (!languageChosen && (user.language === 'en' || user.language === 'zh-CN')) setLanguage(user.language, false);
      void navigate({ to: user.must_change_password ? '/password' : next ?? home(user) });
    },
    onError: () => password.current?.focus({ cursor: 'all' }),
  });
  const left = useCountdown(attempt.error);
  const refusal = attempt.error ? refusalOf(attempt.error) : null;
  const shown = refusal && !(refusal.key === 'too_many' && left === 0) ? refusal : null;
  useEffect(() => { document.title = t('shell.title.page', { page: t('sign_in.title') }); }, [t]);
  return (
    <Frame title={t('sign_in.title')}>
      {shown ? <Alert type={shown.key === 'too_many' ? 'warning' : 'error'} showIcon role="alert" title={t(`sign_in.error.${shown.key}`, { time: durationWords(left * 1000), code: shown.code })} /> : null}
      <Form layout="vertical" requiredMark={false} validateTrigger="onBlur" onFinish={(form: { name: string; password: string }) => attempt.mutate(form)} scrollToFirstError={{ focus: true }}>
        <Form.Item name="name" label={t('sign_in.name')} rules={[{ required: true, whitespace: true, message: t('sign_in.name_missing') }]}>
          <Input autoFocus autoComplete="username" autoCapitalize="none" size="large" />
        </Form.Item>
        <Form.Item name="password" label={t('sign_in.password')} rules={[{ required: true, message: t('sign_in.password_missing') }]}>
          <Input.Password ref={password} autoComplete="current-password" size="large" />
        </Form.Item>
        <Button type="primary" htmlType="submit" size="large" block loading={attempt.isPending} disabled={left > 0}>{t('sign_in.submit')}</Button>
      </Form>
    </Frame>
  );
}
