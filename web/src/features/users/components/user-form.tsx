/** Create or edit one user, in a panel at the right. */
import { App, Button, Drawer, Form, Input, Radio, type FormInstance } from 'antd';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { roles, type Role, type User } from '@/lib/api/types';
import { useWords } from '@/lib/i18n/words';
import { useChangeUser, useCreateUser } from '../api/users';
import { whyNot } from '../why-not';
import { digitsPattern, namePattern, passwordMin, randomPassword, refusedFields } from '../model';

export type Editing = { kind: 'create' } | { kind: 'edit'; user: User } | { kind: 'reset'; user: User };
interface Fields { name: string; display_name: string; role: Role; password: string; agent_number?: string; extension?: string }

function PasswordField({ form, label }: { form: FormInstance<Fields>; label: string }) {
  const { t } = useTranslation();
  return (
    <Form.Item label={label} required extra={t('users.hint.password')}>
      <div className="row">
        <Form.Item name="password" noStyle rules={[{ required: true, min: passwordMin, message: t('users.check.password') }]}><Input autoComplete="off" aria-label={label} spellCheck={false} /></Form.Item>
        <Button onClick={() => { form.setFieldsValue({ password: randomPassword() }); void form.validateFields(['password']); }}>{t('users.generate')}</Button>
      </div>
    </Form.Item>
  );
}

export function UserForm({ editing, onClose }: { editing: Editing | null; onClose: () => void }) {
  const { t } = useTranslation();
  const { word } = useWords();
  const { message } = App.useApp();
  const [form] = Form.useForm<Fields>();
  const create = useCreateUser();
  const change = useChangeUser();
  const kind = editing?.kind;
  const user = editing && editing.kind !== 'create' ? editing.user : null;

  useEffect(() => {
    if (!editing) return;
    form.resetFields();
    form.setFieldsValue(editing.kind === 'create' ? { role: 'agent' } : { name: editing.user.name, display_name: editing.user.display_name, role: editing.user.role });
  }, [editing, form]);

  async function save(fields: Fields) {
    try {
      if (kind === 'create') {
        const { agent_number: number, extension, ...rest } = fields;
        await create.mutateAsync({ ...rest, agent_number: number || undefined, extension: extension || undefined });
      } else if (user) {
        await change.mutateAsync({ id: user.id, change: kind === 'reset' ? { password: fields.password } : { display_name: fields.display_name, role: fields.role } });
      }
      void message.success(kind === 'reset' ? t('users.reset_done', { name: user?.display_name }) : t('users.saved', { name: fields.display_name }));
      onClose();
    } catch (error) {
      const refused = refusedFields(error);
      if (refused.length === 0) void message.error(whyNot(error));
      else form.setFields(refused.map(({ name, fault }) => ({ name: name as keyof Fields, errors: [t(`users.check.${fault}`)] })));
    }
  }
  const title = user ? t(kind === 'reset' ? 'users.reset_title' : 'users.edit_title', { name: user.display_name }) : t('users.create_title');
  const digits = { pattern: digitsPattern, message: t('users.check.digits') };
  return (
    <Drawer title={title} open={editing !== null} onClose={onClose} size={420} destroyOnHidden forceRender>
      <Form form={form} layout="vertical" validateTrigger="onBlur" onFinish={(fields) => void save(fields)} scrollToFirstError={{ focus: true }}>
        {kind === 'create' ? <Form.Item name="name" label={t('users.field.name')} required rules={[{ pattern: namePattern, required: true, message: t('users.check.name') }]}><Input autoComplete="off" autoCapitalize="none" /></Form.Item> : null}
        {kind !== 'reset' ? (
          <>
            <Form.Item name="display_name" label={t('users.field.display_name')} rules={[{ required: true, whitespace: true, message: t('users.check.display_name') }]}><Input autoComplete="off" maxLength={64} /></Form.Item>
            <Form.Item name="role" label={t('users.field.role')} rules={[{ required: true }]}><Radio.Group options={roles.map((role) => ({ value: role, label: word('role', role) }))} optionType="button" /></Form.Item>
          </>
        ) : null}
        {kind === 'create' ? (
          <div className="user-seat">
            <Form.Item name="agent_number" label={t('users.field.agent_number')} rules={[digits]}><Input autoComplete="off" inputMode="numeric" /></Form.Item>
            <Form.Item name="extension" label={t('users.field.extension')} rules={[digits]} extra={t('users.hint.seat')}><Input autoComplete="off" inputMode="numeric" /></Form.Item>
          </div>
        ) : null}
        {kind === 'create' ? <PasswordField form={form} label={t('users.field.password')} /> : null}
        {kind === 'reset' ? <PasswordField form={form} label={t('users.field.new_password')} /> : null}
        <div className="row" style={{ marginTop: 12 }}>
          <Button type="primary" htmlType="submit" loading={create.isPending || change.isPending}>{t('action.save')}</Button>
          <Button onClick={onClose}>{t('action.cancel')}</Button>
        </div>
      </Form>
    </Drawer>
  );
}
