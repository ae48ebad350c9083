/** Every test runs with both catalogues and the parts of a browser that jsdom lacks. */
import { cleanup } from '@testing-library/react';
import { afterEach, beforeEach } from 'vitest';
import { startI18n } from '@/lib/i18n';
import { usePreferences } from '@/lib/preferences';

window.matchMedia = ((query: string) => ({
  matches: false, media: query, onchange: null, addListener: () => undefined, removeListener: () => undefined,
  addEventListener: () => undefined, removeEventListener: () => undefined, dispatchEvent: () => false,
})) as typeof window.matchMedia;
window.ResizeObserver ??= class { observe() {} unobserve() {} disconnect() {} };

startI18n('en');
beforeEach(() => usePreferences.getState().setLanguage('en'));
afterEach(cleanup);
