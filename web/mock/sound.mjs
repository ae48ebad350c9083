/** A stereo WAV and its waveform: left what the customer said, right what the customer heard. */
import { dice } from './people.mjs';

const rate = 8000;

/** Who talks when: turns of one to five seconds. Returns loudness 0 to 1 of both sides at a second. */
export function speech(id, seconds) {
  const random = dice([...id].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7));
  const turns = [];
  for (let at = 0, agent = true; at < seconds; agent = !agent) {
    const length = 1 + random() * 5;
    turns.push({ from: at, to: at + length, agent });
    at += length + random() * 0.8;
  }
  return (second) => {
    const turn = turns.find((one) => second >= one.from && second < one.to);
    const breath = 0.35 + 0.65 * Math.abs(Math.sin(second * 7.3) * Math.sin(second * 2.1 + 1));
    return { said: turn && !turn.agent ? breath * 0.8 : 0.004, heard: turn?.agent ? breath * 0.7 : 0.004 };
  };
}

export function waveform(id, seconds, points) {
  const level = speech(id, seconds);
  const said = [];
  const heard = [];
  for (let index = 0; index < points; index += 1) {
    const now = level((index / points) * seconds);
    said.push(Number(now.said.toFixed(3)));
    heard.push(Number(now.heard.toFixed(3)));
  }
  return { duration_ms: Math.round(seconds * 1000), said, heard };
}

export function wav(id, seconds) {
  const level = speech(id, seconds);
  const frames = Math.round(seconds * rate);
  const body = Buffer.alloc(44 + frames * 4);
  body.write('RIFF', 0); body.writeUInt32LE(36 + frames * 4, 4); body.write('WAVEfmt ', 8);
  body.writeUInt32LE(16, 16); body.writeUInt16LE(1, 20); body.writeUInt16LE(2, 22); body.writeUInt32LE(rate, 24); body.writeUInt32LE(rate * 4, 28); body.writeUInt16LE(4, 32); body.writeUInt16LE(16, 34);
  body.write('data', 36); body.writeUInt32LE(frames * 4, 40);
  let now = level(0);
  for (let index = 0; index < frames; index += 1) {
    if (index % 80 === 0) now = level(index / rate);
    body.writeInt16LE(Math.round(Math.sin((index / rate) * Math.PI * 2 * 190) * now.said * 9000), 44 + index * 4);
    body.writeInt16LE(Math.round(Math.sin((index / rate) * Math.PI * 2 * 130) * now.heard * 9000), 46 + index * 4);
  }
  return body;
}
