import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { picture } from '@/testing/live';
import { silenceMs } from './socket';
import { startLive, stopLive, useLiveStore } from './store';

class FakeSocket {
  static readonly OPEN = 1;
  static all: FakeSocket[] = [];
  readyState = 1;
  sent: string[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  constructor() { FakeSocket.all.push(this); }
  send(text: string) { this.sent.push(text); }
  close() { this.onclose?.(); }
  tell(message: unknown) { this.onmessage?.({ data: JSON.stringify(message) }); }
}
const last = () => FakeSocket.all.at(-1) as FakeSocket;
const snapshot = (seq: number) => ({ type: 'snapshot', seq, state: picture(), server_now: new Date().toISOString() });

beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.all = [];
  vi.stubGlobal('WebSocket', FakeSocket);
  startLive();
  last().onopen?.();
});
afterEach(() => {
  stopLive();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('the live store', () => {
  it('is live after the first snapshot', () => {
    expect(useLiveStore.getState().connection).toBe('loading');
    last().tell(snapshot(5));
    expect(useLiveStore.getState()).toMatchObject({ connection: 'live', seq: 5 });
  });

  it('asks for a snapshot after a gap and keeps the old picture meanwhile', () => {
    last().tell(snapshot(5));
    last().tell({ type: 'facts', from: 8, seq: 8, facts: [], patch: [] });
    last().tell({ type: 'facts', from: 9, seq: 9, facts: [], patch: [] });
    expect(last().sent).toEqual([JSON.stringify({ type: 'resync' })]);
    expect(useLiveStore.getState().seq).toBe(5);
  });

  it('tells the pages at most ten times a second, however many facts arrive', () => {
    last().tell(snapshot(5));
    const seen = vi.fn();
    const stop = useLiveStore.subscribe(seen);
    for (let seq = 6; seq <= 105; seq += 1) last().tell({ type: 'facts', from: seq, seq, facts: [], patch: [{ path: ['figures', 'calls_today'], value: seq }] });
    expect(seen).not.toHaveBeenCalled();
    vi.advanceTimersByTime(100);
    expect(seen).toHaveBeenCalledOnce();
    expect(useLiveStore.getState()).toMatchObject({ seq: 105 });
    stop();
  });

  it('says lost when the socket closes, keeps the values, and comes back by itself', () => {
    last().tell(snapshot(5));
    last().close();
    expect(useLiveStore.getState()).toMatchObject({ connection: 'lost', seq: 5 });
    expect(useLiveStore.getState().state).not.toBeNull();
    vi.advanceTimersByTime(600);
    expect(FakeSocket.all).toHaveLength(2);
    last().tell(snapshot(9));
    expect(useLiveStore.getState()).toMatchObject({ connection: 'live', seq: 9, lostAt: null });
  });

  it('takes silence for a lost connection', () => {
    last().tell(snapshot(5));
    vi.advanceTimersByTime(silenceMs + 10);
    expect(useLiveStore.getState().connection).toBe('lost');
  });

  it('forgets everything at logout', () => {
    last().tell(snapshot(5));
    stopLive();
    expect(useLiveStore.getState().state).toBeNull();
  });
});
