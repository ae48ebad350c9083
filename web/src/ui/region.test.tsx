import { act, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Region, type Trouble } from './region';

const trouble: Trouble = { kind: 'server', code: 'database-away', at: Date.parse('2026-11-22T06:32:07Z') };
beforeEach(() => { vi.useFakeTimers(); });
afterEach(() => { vi.useRealTimers(); });

describe('a region', () => {
  it('shows nothing for 300 ms, then the shape of its content', () => {
    render(<Region what="Calls" loading><p>rows</p></Region>);
    expect(screen.queryByRole('status')).toBeNull();
    act(() => { vi.advanceTimersByTime(301); });
    expect(screen.getByRole('status')).toBeTruthy();
    expect(screen.queryByText('rows')).toBeNull();
  });
  it('says what belongs here when empty', () => {
    render(<Region what="Calls" loading={false} empty={{ title: 'Every call is listed here', how: 'soon' }}><p>rows</p></Region>);
    expect(screen.getByText('Every call is listed here')).toBeTruthy();
    expect(screen.queryByText('rows')).toBeNull();
  });
  it('says what is broken, what still works, and offers another try', () => {
    const retry = vi.fn();
    render(<Region what="Calls" loading trouble={trouble} onRetry={retry}><p>rows</p></Region>);
    expect(screen.getByRole('alert').textContent).toContain('Calls go on');
    expect(screen.getByText(/database-away/)).toBeTruthy();
    fireEvent.click(screen.getByRole('button'));
    expect(retry).toHaveBeenCalledOnce();
  });
  it('keeps old rows below the trouble', () => {
    render(<Region what="Calls" loading={false} trouble={trouble}><p>rows</p></Region>);
    expect(screen.getByRole('alert')).toBeTruthy();
    expect(screen.getByText('rows')).toBeTruthy();
  });
  it('offers no second try of what is forbidden', () => {
    render(<Region what="Calls" loading trouble={{ ...trouble, kind: 'forbidden' }} onRetry={() => undefined}><p>rows</p></Region>);
    expect(screen.queryByRole('button')).toBeNull();
  });
});
