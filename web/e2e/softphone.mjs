/**
 * A call at the softphone in the page: tones both ways, a reload in the middle, a second page, a page that is gone: node e2e/softphone.mjs
 *
 * SERVER  address of a server     AGENT  name:password of an agent with an extension
 * SOUND   WAV file that the microphone says     CALLER_HZ  tone of the caller (440)
 * LIMIT_S 58     SHOTS  folder for pictures of a failure     CHROMIUM  /usr/bin/chromium
 */
import { logIn, must, say, server, walk } from './steps.mjs';

const { AGENT = 'limin:cordboard-demo', SOUND } = process.env;
const callerHz = Number(process.env.CALLER_HZ ?? 440);
const limitS = Number(process.env.LIMIT_S ?? 58);

/** The microphone as it is: what cleans speech takes a steady tone for noise. */
const asItIs = () => {
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = () => ask({ audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false } });
};

/** The share of a tone's power in one second of what the page hears (Goertzel, 10 Hz wide), and its loudness. */
const listen = (page, hertz) => page.evaluate(async (wanted) => {
  const context = new AudioContext({ sampleRate: 8000 });
  await context.resume();
  const source = context.createMediaStreamSource(document.querySelector('audio[data-softphone]').srcObject);
  const tap = context.createScriptProcessor(1024, 1, 1);
  const heard = [];
  tap.onaudioprocess = ({ inputBuffer }) => heard.push(...inputBuffer.getChannelData(0));
  source.connect(tap).connect(context.destination);
  for (let waited = 0; heard.length < 12_000 && waited < 6000; waited += 50) await new Promise((resolve) => { setTimeout(resolve, 50); });
  await context.close();
  const samples = heard.slice(4000, 12_000);
  const factor = 2 * Math.cos((2 * Math.PI * wanted) / 8000);
  let power = 0;
  for (let at = 0; at < samples.length; at += 800) { // 100 ms at a time: the jitter buffer stretches sound, which moves the phase and not the tone
    let [before, last] = [0, 0];
    for (const one of samples.slice(at, at + 800)) [before, last] = [last, one + factor * last - before];
    power += last * last + before * before - factor * last * before;
  }
  const total = samples.reduce((sum, one) => sum + one * one, 0);
  return { share: total ? (2 * power) / (800 * total) : 0, level: Math.sqrt(total / samples.length) };
}, hertz);

const talking = (page) => page.waitForSelector('.softphone-call[data-phase=talking]');

async function mustHear(page, when) {
  const { share, level } = await listen(page, callerHz);
  say(`${when}: hears ${callerHz} Hz, share ${share.toFixed(3)}, level ${level.toFixed(3)}`);
  must(share > 0.6 && level > 0.01, `${when}: the caller's tone is not heard`);
}

await walk('softphone', limitS, async (browser) => {
  const page = await logIn(browser, AGENT);
  const context = page.context();
  await context.addInitScript(asItIs);
  await page.goto(`${server}/desk`);
  await page.click('.softphone-off button');
  await page.waitForSelector('.softphone-here');
  say('READY: the seat is here');
  await page.click('.softphone-answer', { timeout: 30_000 });
  const rang = Date.now();
  await talking(page);
  say(`talking after ${Date.now() - rang} ms`);
  await mustHear(page, 'first');

  const second = await context.newPage();
  second.setDefaultTimeout(10_000);
  await second.goto(`${server}/desk`);
  await second.waitForSelector('.softphone-elsewhere');
  must((await second.$('.softphone-call')) === null, 'two pages show the call');
  say('second page: the first has it');

  const reloaded = Date.now();
  await page.reload();
  await talking(page);
  say(`reloaded: talking again after ${Date.now() - reloaded} ms`);
  await mustHear(page, 'reloaded');

  await page.close();
  await second.click('.softphone-elsewhere button');
  await talking(second);
  await mustHear(second, 'taken');
  await second.click('.softphone-hang-up');
  await second.waitForSelector('.softphone-call', { state: 'detached' });
  say('hung up');
  must(page.faults.length === 0, `the pages had faults: ${page.faults.join('; ')}`);
}, ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', ...(SOUND ? [`--use-file-for-fake-audio-capture=${SOUND}`] : [])]);
