/** The sound of one recording: play, seek, speed, and which side is heard. Left is the customer, right what the customer heard. */
import { useCallback, useEffect, useRef, useState } from 'react';

export type Side = 'both' | 'agent' | 'customer';
export const speeds = [1, 1.5, 2] as const;

interface Mixer { context: AudioContext; said: GainNode; heard: GainNode }

/** Splits the stereo file and puts the wanted side on both ears. Needs a press of the person first. */
function mixerFor(audio: HTMLAudioElement): Mixer | null {
  if (typeof AudioContext === 'undefined') return null;
  const context = new AudioContext();
  const splitter = context.createChannelSplitter(2);
  const said = context.createGain();
  const heard = context.createGain();
  context.createMediaElementSource(audio).connect(splitter);
  splitter.connect(said, 0);
  splitter.connect(heard, 1);
  for (const gain of [said, heard]) gain.connect(context.destination);
  return { context, said, heard };
}

export function usePlayer(url: string, lengthS: number) {
  const audio = useRef<HTMLAudioElement | null>(null);
  const mixer = useRef<Mixer | null>(null);
  const [playing, setPlaying] = useState(false);
  const [at, setAt] = useState(0);
  const [loaded, setLoaded] = useState<number | null>(null);
  const [broken, setBroken] = useState(false);
  const [speed, setSpeed] = useState<number>(1);
  const [side, setSide] = useState<Side>('both');
  const length = loaded ?? lengthS;

  useEffect(() => {
    const element = new Audio();
    element.preload = 'none';
    element.src = url;
    audio.current = element;
    const onTime = () => setAt(element.currentTime);
    const on: Record<string, () => void> = {
      play: () => setPlaying(true), pause: () => setPlaying(false), ended: () => setPlaying(false), timeupdate: onTime, seeked: onTime,
      loadedmetadata: () => { if (Number.isFinite(element.duration)) setLoaded(element.duration); }, error: () => { setBroken(true); setPlaying(false); },
    };
    for (const [name, handler] of Object.entries(on)) element.addEventListener(name, handler);
    return () => {
      for (const [name, handler] of Object.entries(on)) element.removeEventListener(name, handler);
      element.pause();
      element.removeAttribute('src');
      void mixer.current?.context.close();
      mixer.current = null;
    };
  }, [url]);

  useEffect(() => {
    if (!playing) return undefined;
    let frame = 0;
    const tick = () => {
      setAt(audio.current?.currentTime ?? 0);
      frame = requestAnimationFrame(tick);
    };
    frame = requestAnimationFrame(tick);
    return () => cancelAnimationFrame(frame);
  }, [playing]);

  useEffect(() => { if (audio.current) audio.current.playbackRate = speed; }, [speed, playing]);
  useEffect(() => {
    if (!mixer.current) return;
    mixer.current.said.gain.value = side === 'agent' ? 0 : 1;
    mixer.current.heard.gain.value = side === 'customer' ? 0 : 1;
  }, [side, playing]);

  const play = useCallback(() => {
    const element = audio.current;
    if (!element) return;
    mixer.current ??= mixerFor(element);
    void mixer.current?.context.resume();
    setBroken(false);
    element.play().catch(() => setPlaying(false));
  }, []);
  const toggle = useCallback(() => (audio.current?.paused === false ? audio.current.pause() : play()), [play]);
  const seek = useCallback((seconds: number) => {
    const element = audio.current;
    if (!element) return;
    const target = Math.min(Math.max(0, seconds), length);
    setAt(target);
    if (element.readyState > 0) element.currentTime = target;
    else {
      element.addEventListener('loadedmetadata', () => { element.currentTime = target; }, { once: true });
      element.load();
    }
  }, [length]);
  return { playing, at, length, broken, speed, setSpeed, side, setSide, play, toggle, seek };
}
export type Player = ReturnType<typeof usePlayer>;
