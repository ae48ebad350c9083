/** Why a user was not saved, in words. */
import { codeOf } from '@/lib/api/trouble';
import { i18next } from '@/lib/i18n';

export function whyNot(error: unknown): string {
  const code = codeOf(error);
  return code === 'last-administrator' ? i18next.t('users.last_administrator') : i18next.t('users.failed', { code });
}
