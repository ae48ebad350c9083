import { describe, expect, it } from 'vitest';
import { capOf, commandOf, isTyping, shortcuts } from './keys';

describe('shortcuts', () => {
  it('follow the physical key, so an input method cannot swallow them', () => {
    expect(commandOf({ code: 'Digit1', altKey: true })).toBe('ready');
    expect(commandOf({ code: 'Digit0', altKey: true })).toBe('sign_in_out');
  });
  it('of states work while typing, single letters do not', () => {
    expect(commandOf({ code: 'Digit3', altKey: true, typing: true })).toBe('away');
    expect(commandOf({ code: 'KeyJ', typing: true })).toBeNull();
    expect(commandOf({ code: 'KeyJ' })).toBe('row_down');
  });
  it('leave the browser its own keys', () => {
    for (const code of ['KeyN', 'KeyT', 'KeyW']) expect(commandOf({ code, ctrlKey: true })).toBeNull();
    expect(commandOf({ code: 'Digit1' })).toBeNull();
    expect(commandOf({ code: 'Digit1', altKey: true, ctrlKey: true })).toBeNull();
  });
  it('tell ? from /', () => {
    expect(commandOf({ code: 'Slash' })).toBe('search');
    expect(commandOf({ code: 'Slash', shiftKey: true })).toBe('shortcuts');
  });
  it('are each given once and have a cap', () => {
    const combinations = shortcuts.map(({ code, alt, shift }) => `${alt}${shift}${code}`);
    expect(new Set(combinations).size).toBe(combinations.length);
    expect(shortcuts.every(({ command }) => capOf(command) !== '')).toBe(true);
  });
  it('know where a person writes', () => {
    expect(isTyping(document.createElement('input'))).toBe(true);
    expect(isTyping(document.createElement('button'))).toBe(false);
  });
});
