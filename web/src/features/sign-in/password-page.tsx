/** A new password: forced at the first login, or by one's own wish. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useRouter } from '@tanstack/react-router';
import { Alert, App, Button, Form, Input } from 'antd';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { codeOf } from '@/lib/api/trouble';
import { changePassword, home, logout, sessionQuery } from '@/lib/api/session';
import { Frame } from './frame';
import { passwordFault } from './model';

interface Fields { old: string; next: string; again: string }

export function PasswordPage() {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const navigate = useNavigate();
  const router = useRouter();
  const queries = useQueryClient();
  const { data: user } = useQuery(sessionQuery);
  const forced = user?.must_change_password ?? false;
  useEffect(() => { document.title = t('shell.title.page', { page: t('sign_in.change.title') }); }, [t]);

  const change = useMutation({
    mutationFn: (form: Fields) => changePassword(form.old, form.next),
    onSuccess: () => {
      if (!user) return;
      const now = { ...user, must_change_password: false };
      queries.setQueryData(sessionQuery.queryKey, now);
      void message.success(t('sign_in.change.done'));
      void navigate({ to: home(now) });
    },
  });
  const leave = async () => {
    if (!forced) return router.history.back();
    await logout().catch(() => undefined);
    queries.setQueryData(sessionQuery.queryKey, null);
    return navigate({ to: '/sign-in', search: {} });
  };
  const failure = (code: string) => {
    if (code === 'wrong-old-password') return t('sign_in.change.wrong');
    return code === 'weak-password' ? t('sign_in.change.weak') : t('sign_in.error.other', { code });
  };

  return (
    <Frame title={t('sign_in.change.title')}>
      {forced && !change.error ? <Alert type="info" showIcon title={t('sign_in.change.forced')} /> : null}
      {change.error ? <Alert type="error" showIcon role="alert" title={failure(codeOf(change.error))} /> : null}
      <Form<Fields> layout="vertical" requiredMark={false} validateTrigger="onBlur" onFinish={(form) => change.mutate(form)} scrollToFirstError={{ focus: true }}>
        <input type="text" name="username" autoComplete="username" value={user?.name ?? ''} readOnly hidden />
        <Form.Item name="old" label={t('sign_in.change.old')} rules={[{ required: true, message: t('sign_in.password_missing') }]}>
          <Input.Password autoFocus autoComplete="current-password" />
        </Form.Item>
        <Form.Item name="next" label={t('sign_in.change.next')} extra={t('sign_in.change.rule')} rules={[({ getFieldValue }) => ({
          validator: (_, value: string | undefined) => {
            const fault = passwordFault(value ?? '', String(getFieldValue('old') ?? ''), user?.name ?? '');
            return fault ? Promise.reject(new Error(t(`sign_in.change.${fault}`))) : Promise.resolve();
          },
        })]}>
          <Input.Password autoComplete="new-password" />
        </Form.Item>
        <Form.Item name="again" label={t('sign_in.change.again')} dependencies={['next']} rules={[({ getFieldValue }) => ({
          validator: (_, value: string | undefined) =>
            value === getFieldValue('next') ? Promise.resolve() : Promise.reject(new Error(t('sign_in.change.differs'))),
        })]}>
          <Input.Password autoComplete="new-password" />
        </Form.Item>
        <div className="sign-in-actions">
          <Button type="primary" htmlType="submit" loading={change.isPending}>{t('sign_in.change.submit')}</Button>
          <Button type="text" onClick={() => void leave()}>{forced ? t('sign_in.change.logout') : t('action.back')}</Button>
        </div>
      </Form>
    </Frame>
  );
}
