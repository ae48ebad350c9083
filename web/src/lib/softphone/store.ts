/**
 * The telephone in this page: its seat, its call, and the way back after a reload or a change of network.
 * Words go over `/api/phone`; sound is `peer.ts`. One page owns the seat; the others are told so.
 */
import { create } from 'zustand';
import { openPeer, type Peer } from './peer';
import { tabName } from './tab';

export type Seat = 'off' | 'connecting' | 'here' | 'elsewhere' | 'none';
export interface PhoneCall { id: string; caller: string; phase: 'ringing' | 'connecting' | 'talking' | 'returning' }
interface Softphone { seat: Seat; extension: string; call: PhoneCall | null; muted: boolean; trouble: 'microphone' | 'refused' | null }

type FromServer =
  | { type: 'seat'; extension: string; owned: 'here' | 'elsewhere' }
  | { type: 'call'; call: string; caller: string; state: 'ringing' | 'waiting' }
  | { type: 'answer'; call: string; sdp: string }
  | { type: 'refused'; call: string; why: string }
  | { type: 'over'; call: string };

const chosenKey = 'cordboard.softphone';
const retryMs = [300, 600, 1200, 2500, 5000];
const closedForGood = new Set([4401, 4404]);
const nothing: Softphone = { seat: 'off', extension: '', call: null, muted: false, trouble: null };

export const useSoftphone = create<Softphone>()(() => nothing);
const { getState, setState } = useSoftphone;

let socket: WebSocket | null = null;
let retry: ReturnType<typeof setTimeout> | undefined;
let attempt = 0;
let tab = '';
let peer: Peer | null = null;
let turn = 0;

const say = (word: object) => { if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(word)); };
const callNow = (change: Partial<PhoneCall>) => setState(({ call }) => ({ call: call && { ...call, ...change } }));

function silence() {
  turn += 1;
  peer?.close();
  peer = null;
}

function forget() {
  silence();
  setState({ call: null, muted: false });
}

/** Offer our side of a call: to pick it up, or to go on with it. */
async function offer(id: string) {
  silence();
  const mine = turn;
  try {
    const made = await openPeer({
      onCandidate: (candidate) => say({ type: 'candidate', call: id, candidate: candidate.candidate }),
      onUp: () => callNow({ phase: 'talking' }),
      onLost: () => { callNow({ phase: 'returning' }); void offer(id); },
    });
    if (mine !== turn) { made.close(); return; }
    peer = made;
    made.mute(getState().muted);
    say({ type: 'offer', call: id, sdp: await made.offer() });
    setState({ trouble: null });
  } catch {
    if (mine === turn) { silence(); callNow({ phase: 'ringing' }); setState({ trouble: 'microphone' }); }
  }
}

function hear(word: FromServer) {
  const { call } = getState();
  if (word.type === 'seat') {
    setState({ seat: word.owned, extension: word.extension });
    if (word.owned === 'elsewhere') forget();
  } else if (word.type === 'call') {
    setState({ call: { id: word.call, caller: word.caller, phase: word.state === 'ringing' ? 'ringing' : 'returning' } });
    if (word.state === 'waiting') void offer(word.call);
  } else if (call?.id !== word.call) {
    return;
  } else if (word.type === 'answer') {
    peer?.answer(word.sdp).catch(() => setState({ trouble: 'refused' }));
  } else if (word.type === 'refused') {
    setState({ trouble: 'refused' });
  } else {
    forget();
  }
}

function connect(takes = false) {
  clearTimeout(retry);
  setState({ seat: 'connecting' });
  const { protocol, host } = window.location;
  const made = new WebSocket(`${protocol === 'https:' ? 'wss' : 'ws'}://${host}/api/phone`);
  socket = made;
  made.onopen = () => {
    attempt = 0;
    const { call } = getState();
    say({ type: 'register', tab, call: call && peer?.isUp ? call.id : '', takes });
  };
  made.onmessage = (event: MessageEvent<string>) => hear(JSON.parse(event.data) as FromServer);
  made.onclose = ({ code }) => {
    if (made !== socket) return;
    socket = null;
    if (closedForGood.has(code)) { forget(); setState({ seat: code === 4404 ? 'none' : 'off' }); return; }
    setState({ seat: 'connecting' });
    retry = setTimeout(connect, retryMs[Math.min(attempt, retryMs.length - 1)]);
    attempt += 1;
  };
}

async function begin() {
  setState({ seat: 'connecting' });
  tab ||= await tabName();
  if (socket === null) connect();
}

/** Goes on as this browser's person chose; harmless to repeat. */
export function resumeSoftphone() {
  if (getState().seat === 'off' && localStorage.getItem(chosenKey) === 'on') void begin();
}

export function turnOn() {
  localStorage.setItem(chosenKey, 'on');
  void begin();
}

export function turnOff() {
  localStorage.removeItem(chosenKey);
  clearTimeout(retry);
  const closing = socket;
  socket = null;
  closing?.close();
  forget();
  setState({ seat: 'off' });
}

/** Take the seat, and the call that is there, from another page. */
export const takeHere = () => say({ type: 'register', tab, takes: true });

export function answer() {
  const { call } = getState();
  if (call?.phase !== 'ringing') return;
  callNow({ phase: 'connecting' });
  void offer(call.id);
}

export function hangUp() {
  const { call } = getState();
  if (call) say({ type: 'hang_up', call: call.id });
}

export function mute(muted: boolean) {
  peer?.mute(muted);
  setState({ muted });
}

/** How loud the call is now, 0 to 1: what is said, what is heard. */
export const levels = (): [number, number] => peer?.levels() ?? [0, 0];
